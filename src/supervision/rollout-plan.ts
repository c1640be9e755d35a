import type { RolloutSpec } from '../model/spec.ts'
import { isServing } from './serving.ts'
import type { ReplaceOrder, Slot } from './slot.ts'

/** One slot whose turn it is. */
export interface RolloutStep {
  readonly slot: number
  readonly order: ReplaceOrder
}

export interface RolloutProgress {
  /** Slots that are still to be replaced, in their order. */
  readonly todo: readonly number[]
  /** Slots that are being replaced. */
  readonly running: readonly RolloutStep[]
}

/**
 * The slots whose replacement may begin now. With Kubernetes' meaning of the two limits: no more than `maxSurge` workers run on top of
 * the usual number, at most one per slot, and no more than `maxUnavailable` are missing for the rollout's sake. A slot that serves nobody
 * is no loss: it comes first, and needs neither.
 */
export function nextReplacements(
  slots: readonly Slot[],
  { todo, running }: RolloutProgress,
  limits: Pick<RolloutSpec, 'maxSurge' | 'maxUnavailable'>,
): readonly RolloutStep[] {
  const isDown = (slot: number): boolean => !slots.some((one) => one.id.slot === slot && isServing(one))
  const serving = todo.filter((slot) => !isDown(slot))
  // A broken slot gets its new worker before a good one is touched; others wait for it, so that a bad release stops there.
  const down = todo.filter(isDown)
  const surging = running.filter(({ order }) => order === 'surge').length
  if (down.length > 0) return fill(down, Math.max(0, parallel(limits) - running.length), 'surge')
  const surge = fill(serving, Math.max(0, limits.maxSurge - surging), 'surge')
  const missing = slots.filter((slot) => !isServing(slot)).length
  const drainFirst = fill(serving.slice(surge.length), Math.max(0, limits.maxUnavailable - missing), 'drain-first')
  return [...surge, ...drainFirst]
}

/** Of a single worker, whatever its siblings do: where none may run on top of them, as two cannot have one port, it has to go first. */
export function replacementOrder({ maxSurge }: Pick<RolloutSpec, 'maxSurge'>): ReplaceOrder {
  return maxSurge > 0 ? 'surge' : 'drain-first'
}

function parallel({ maxSurge, maxUnavailable }: Pick<RolloutSpec, 'maxSurge' | 'maxUnavailable'>): number {
  return maxSurge + maxUnavailable
}

function fill(slots: readonly number[], count: number, order: ReplaceOrder): readonly RolloutStep[] {
  return slots.slice(0, count).map((slot) => ({ slot, order }))
}
