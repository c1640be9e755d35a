import type { QuarantineReason } from '../model/events.ts'
import type { Exit } from '../model/exit.ts'
import type { RestartSpec } from '../model/spec.ts'
import { backoffDelayMs } from './backoff.ts'
import { isFailure } from './exit-cause.ts'
import { addCrash, countWithin } from './intensity.ts'

/** What a slot remembers about its dead workers. */
export interface RestartHistory {
  /** Crashes of workers that had been ready, within the last hour; monotonic milliseconds. Stability does not clear them. */
  readonly crashesMs: readonly number[]
  /** Starts that failed since the last worker that became ready. */
  readonly failedStarts: number
  /** Restarts since the slot was last stable: the exponent of the backoff. */
  readonly attempt: number
}

export const NO_HISTORY: RestartHistory = { crashesMs: [], failedStarts: 0, attempt: 0 }

const HOUR_MS = 3_600_000

export type RestartDecision =
  | { readonly kind: 'restart'; readonly delayMs: number; readonly attempt: number }
  | { readonly kind: 'complete' }
  | { readonly kind: 'quarantine'; readonly reason: QuarantineReason }

export interface DeadWorker {
  readonly exit: Exit
  /** How long it had been ready; null when it never was. */
  readonly readyForMs: number | null
  /** It was the one try of a quarantined slot. */
  readonly probe: boolean
}

/**
 * What becomes of a slot whose worker has ended unasked. Two counters, because they see different troubles:
 * crashes within a window, which becoming ready does not reset (a crash loop that starts fine), and failed starts
 * in a row without a window (a start timeout of half a minute would never fill one).
 */
export function decideRestart(
  spec: RestartSpec,
  history: RestartHistory,
  dead: DeadWorker,
  now: { readonly nowMs: number; readonly entropy: number },
) {
  const remembered = remember(spec, history, dead, now.nowMs)
  return { decision: decide(spec, remembered, dead, now), history: { ...remembered, attempt: remembered.attempt + 1 } }
}

function decide(
  spec: RestartSpec,
  history: RestartHistory,
  dead: DeadWorker,
  now: { readonly nowMs: number; readonly entropy: number },
): RestartDecision {
  if (dead.exit.kind === 'completed' && spec.policy !== 'always') return { kind: 'complete' }
  if (spec.policy === 'never') return { kind: 'quarantine', reason: 'restart-policy' }
  if (dead.probe && dead.readyForMs === null) return { kind: 'quarantine', reason: 'probe-failed' }
  if (history.failedStarts >= spec.startAttempts) return { kind: 'quarantine', reason: 'start-failed' }
  if (countWithin(history.crashesMs, now.nowMs, spec.windowMs) > spec.maxAttempts)
    return { kind: 'quarantine', reason: 'intensity-exceeded' }
  if (countWithin(history.crashesMs, now.nowMs, HOUR_MS) > spec.maxPerHour) return { kind: 'quarantine', reason: 'too-many-per-hour' }
  return { kind: 'restart', delayMs: backoffDelayMs(spec, history.attempt, now.entropy), attempt: history.attempt + 1 }
}

function remember(spec: RestartSpec, history: RestartHistory, dead: DeadWorker, nowMs: number): RestartHistory {
  if (dead.readyForMs === null) return { ...history, failedStarts: history.failedStarts + 1 }
  const attempt = dead.readyForMs >= spec.stableAfterMs ? 0 : history.attempt
  // One that ends well but at once, for ever, is no better than one that crashes.
  const counts = isFailure(dead.exit) || dead.readyForMs < spec.stableAfterMs
  const crashesMs = counts ? addCrash(history.crashesMs, nowMs, HOUR_MS) : history.crashesMs
  return { crashesMs, failedStarts: 0, attempt }
}
