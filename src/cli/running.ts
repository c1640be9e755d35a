import { exitCodeOf } from '../errors/meshrt-error.ts'
import type { CommandContext, CommandResult } from './context.ts'
import type { SmokeOptions } from './commands/smoke.ts'
import type { StartOptions } from './commands/start.ts'
import { reportError } from './report-error.ts'

/**
 * The commands that run services, and with them nearly all that there is. In the package that is one file (scripts/bundle.ts), which is there sooner
 * than fifty. No error leaves it: its classes are not those of the files that the other commands share.
 */
export const running = {
  start: (context: CommandContext, options: StartOptions) =>
    reporting(context, async () => (await import('./commands/start.ts')).runStart(context, 'start', options)),
  dev: (context: CommandContext, options: StartOptions) =>
    reporting(context, async () => (await import('./commands/start.ts')).runStart(context, 'dev', options)),
  smoke: (context: CommandContext, options: SmokeOptions) =>
    reporting(context, async () => (await import('./commands/smoke.ts')).runSmoke(context, options)),
}

async function reporting(context: CommandContext, command: () => Promise<CommandResult>): Promise<CommandResult> {
  try {
    return await command()
  } catch (error) {
    reportError(error, context)
    return exitCodeOf(error)
  }
}
