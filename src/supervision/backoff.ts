import type { RestartSpec } from '../model/spec.ts'

/** A restart that is due sooner than this happens at once, without a timer and without the state `backoff`. */
export const IMMEDIATE_BELOW_MS = 10

/**
 * Delay before restart number `attempt` (0 = the first since the slot was stable): geometric, capped, then jittered,
 * so that slots which died together do not come back together. The cap holds for the result, jitter included.
 */
export function backoffDelayMs(
  spec: Pick<RestartSpec, 'delayMs' | 'factor' | 'maxDelayMs' | 'jitter'>,
  attempt: number,
  entropy: number,
): number {
  const grown = Math.min(spec.maxDelayMs, spec.delayMs * spec.factor ** attempt)
  const jittered = grown * (1 + spec.jitter * (2 * entropy - 1))
  return Math.round(Math.min(spec.maxDelayMs, jittered))
}
