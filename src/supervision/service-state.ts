import type { ServiceState } from '../model/view.ts'
import { isServing } from './serving.ts'
import type { Slot } from './slot.ts'

/**
 * The state of a service whose slots have been started, derived from them. A failure is never shadowed by a nicer state.
 * `isStuck`: the slot's worker is out of rotation because its loop does not turn.
 */
export function serviceState(slots: readonly Slot[], isStuck: (slot: Slot) => boolean = () => false): ServiceState {
  const serves = (slot: Slot) => isServing(slot) && !isStuck(slot)
  const has = (kind: Slot['phase']['kind']) => slots.some((slot) => slot.phase.kind === kind)
  const all = (kind: Slot['phase']['kind']) => slots.every((slot) => slot.phase.kind === kind)
  if (all('quarantined')) return 'failed'
  if (all('completed')) return 'completed'
  if (all('stopped')) return 'stopped'
  if (slots.every(serves)) return 'running'
  if (slots.some(serves)) return 'degraded'
  // With nobody else to serve, a stuck worker, or one that was killed before its successor came, is as good as one to be restarted.
  if (has('backoff') || has('draining') || has('ready') || has('replacing')) return 'backoff'
  if (has('starting') || has('empty')) return 'starting'
  return has('quarantined') ? 'failed' : 'stopped'
}
