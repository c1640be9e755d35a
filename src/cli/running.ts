import { Preparation } from '../runtime/preparation.ts'
import type { CommandContext, CommandResult } from './context.ts'
import type { SmokeOptions } from './commands/smoke.ts'
import type { StartOptions } from './commands/start.ts'
import { reporting } from './reporting.ts'

/**
 * The commands that run services, and with them nearly all that there is, loaded while what takes longest already comes up. No error leaves it: in the package
 * (scripts/bundle.ts) its classes are not those of the files that the other commands share.
 */
export const running = {
  start: (context: CommandContext, options: StartOptions) =>
    run(context, async (prepared) => (await import('./commands/start.ts')).runStart(context, { ...options, mode: 'start', prepared })),
  dev: (context: CommandContext, options: StartOptions) =>
    run(context, async (prepared) => (await import('./commands/start.ts')).runStart(context, { ...options, mode: 'dev', prepared })),
  smoke: (context: CommandContext, options: SmokeOptions) =>
    run(context, async (prepared) => (await import('./commands/smoke.ts')).runSmoke(context, { ...options, prepared })),
}

function run(context: CommandContext, command: (prepared: Preparation) => Promise<CommandResult>): Promise<CommandResult> {
  return reporting(context, async () => {
    const prepared = new Preparation()
    try {
      return await command(prepared)
    } finally {
      prepared.close()
    }
  })
}
