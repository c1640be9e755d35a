import { MeshrtError } from '../../errors/meshrt-error.ts'
import { isGuarded } from '../../guardian/messages.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { durationOption } from '../duration-option.ts'
import type { Overrides } from '../start-spec.ts'
import type { StartOptions } from './start.ts'

export interface StartHow extends Overrides {
  readonly detach: boolean
  readonly wait: boolean
  readonly waitTimeout: string
  readonly guardian: boolean
}

/** `start`: the runtime itself, a guardian in its place, or both in the background. */
export async function runStartHow(
  context: CommandContext,
  { detach, wait, waitTimeout, guardian, ...overrides }: StartHow,
): Promise<CommandResult> {
  const waitMs = durationOption(waitTimeout, '--wait-timeout')
  if (wait && guardian && !detach) {
    throw new MeshrtError(
      'MESHRT_USAGE',
      'Cannot wait and guard in the foreground: a guardian starts the runtime again instead of giving up',
    )
  }
  const start = async (options: StartOptions) => (await import('./start.ts')).runStart(context, 'start', options)
  // What a guardian runs is the same command line once more.
  if (isGuarded(context.env)) return start(overrides)
  if (detach) return (await import('./start-detached.ts')).runStartDetached(context, { wait, waitMs, ...overrides })
  if (guardian) return (await import('./start-guarded.ts')).runStartGuarded(context)
  return start({ ...overrides, waitMs: wait ? waitMs : null })
}
