import { MeshrtError } from '../../errors/meshrt-error.ts'
import { isGuarded } from '../../guardian/messages.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { durationOption } from '../duration-option.ts'
import { loadReading } from '../load-reading.ts'
import { loadRunning } from '../load-running.ts'
import type { Overrides } from '../start-spec.ts'
import type { StartOptions } from './start.ts'

export interface StartHow extends Required<Overrides> {
  /** Services and workers of a runtime that runs; empty = the runtime. */
  readonly targets: readonly string[]
  readonly detach: boolean
  readonly wait: boolean
  readonly waitTimeout: string
  readonly guardian: boolean
}

/** `start`: the runtime itself, a guardian in its place, or both in the background; or services of a runtime that runs. */
export async function runStartHow(context: CommandContext, how: StartHow): Promise<CommandResult> {
  if (how.targets.length > 0) return startTargets(context, how)
  const { detach, wait, guardian, scale, port } = how
  const overrides = { scale, port }
  const waitMs = durationOption(how.waitTimeout, '--wait-timeout')
  if (wait && guardian && !detach) {
    throw new MeshrtError(
      'MESHRT_USAGE',
      'Cannot wait and guard in the foreground: a guardian starts the runtime again instead of giving up',
    )
  }
  const start = async (options: StartOptions) => (await loadRunning()).start(context, options)
  // What a guardian runs is the same command line once more.
  if (isGuarded(context.env)) return start(overrides)
  if (detach) return (await loadReading()).startDetached(context, { wait, waitMs, ...overrides })
  if (guardian) return (await import('./start-guarded.ts')).runStartGuarded(context)
  return start({ ...overrides, waitMs: wait ? waitMs : null })
}

async function startTargets(context: CommandContext, how: StartHow): Promise<CommandResult> {
  const { targets, detach, wait, guardian, scale, port } = how
  const given = [
    detach && '--detach',
    wait && '--wait',
    guardian && '--guardian',
    scale.length > 0 && '--scale',
    port !== null && '--port',
  ].find(Boolean)
  if (given) {
    throw new MeshrtError(
      'MESHRT_USAGE',
      `Cannot start ${targets.join(' ')} with ${given}: it belongs to the start of a runtime, which takes no services`,
    )
  }
  return (await import('./start-targets.ts')).runStartTargets(context, targets)
}
