import { exitCodeOf } from '../errors/meshrt-error.ts'
import type { CommandContext, CommandResult } from './context.ts'
import { reportError } from './report-error.ts'

/** A command of a file of its own: no error leaves it, because its classes are not those of the file that has loaded it. */
export async function reporting(context: CommandContext, command: () => Promise<CommandResult>): Promise<CommandResult> {
  try {
    return await command()
  } catch (error) {
    reportError(error, context)
    return exitCodeOf(error)
  }
}
