import { parseDuration } from '../../config/units.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import { isGuarded } from '../../guardian/messages.ts'
import type { CommandContext, CommandResult } from '../context.ts'

export interface StartHow {
  readonly detach: boolean
  readonly wait: boolean
  readonly waitTimeout: string
  readonly guardian: boolean
  /** `auth=3`: instead of what the file says. */
  readonly scale: readonly string[]
}

/** `start`: the runtime itself, a guardian in its place, or both in the background. */
export async function runStartHow(context: CommandContext, how: StartHow): Promise<CommandResult> {
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
