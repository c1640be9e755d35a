import { parseDuration } from '../../config/units.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import { isGuarded } from '../../guardian/messages.ts'
import type { CommandContext, CommandResult } from '../context.ts'

export interface StartHow {
  /** Services and workers of a runtime that runs; empty = the runtime. */
  readonly targets: readonly string[]
  readonly detach: boolean
  readonly wait: boolean
  readonly waitTimeout: string
  readonly guardian: boolean
  /** `auth=3`: instead of what the file says. */
  readonly scale: readonly string[]
}

/** `start`: the runtime itself, a guardian in its place, or both in the background; or services of a runtime that runs. */
export async function runStartHow(context: CommandContext, how: StartHow): Promise<CommandResult> {
  if (how.targets.length > 0) return startTargets(context, how)
  const waitMs = parseDuration(how.waitTimeout)
  if (waitMs === null) throw new MeshrtError('MESHRT_USAGE', `Cannot wait for "${how.waitTimeout}": it must be a duration like 60s`)
  if (how.wait && !how.detach) {
    throw new MeshrtError('MESHRT_USAGE', 'Cannot wait for a runtime in the foreground: --wait belongs to --detach')
  }
  // What a guardian runs is the same command line once more.
  if (isGuarded(context.env)) return (await import('./start.ts')).runStart(context, 'start', { scale: how.scale })
  if (how.detach) return (await import('./start-detached.ts')).runStartDetached(context, { wait: how.wait, waitMs })
  if (how.guardian) return (await import('./start-guarded.ts')).runStartGuarded(context)
  return (await import('./start.ts')).runStart(context, 'start', { scale: how.scale })
}

async function startTargets(context: CommandContext, { targets, detach, wait, guardian, scale }: StartHow): Promise<CommandResult> {
  const given = [detach && '--detach', wait && '--wait', guardian && '--guardian', scale.length > 0 && '--scale'].find(Boolean)
  if (given) {
    throw new MeshrtError(
      'MESHRT_USAGE',
      `Cannot start ${targets.join(' ')} with ${given}: it belongs to the start of a runtime, which takes no services`,
    )
  }
  return (await import('./start-targets.ts')).runStartTargets(context, targets)
}
