import { becomeGuardian } from '../../guardian/launch.ts'
import type { CommandContext, CommandResult } from '../context.ts'

/** `start --guardian`: this process becomes the guardian, and its child the runtime. Both report what goes wrong themselves. */
export function runStartGuarded({ env }: CommandContext): Promise<CommandResult> {
  return becomeGuardian({ args: process.argv.slice(2), env })
}
