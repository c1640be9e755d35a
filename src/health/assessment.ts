import type { HealthSpec } from '../model/spec.ts'
import type { Finding, Verdict } from '../model/verdict.ts'

/** What one check saw of one worker. */
export interface Sample {
  /** Busy share of its loop since the last check, 0 to 1. */
  readonly elu: number
  /** Share of its heap limit, 0 to 1; null when it was not asked or did not answer. */
  readonly heapShare: number | null
  /** How long it has been silent since it was last pinged; null when it was not asked, 0 when it answered. */
  readonly silentMs: number | null
  /** For how long it has been ready. */
  readonly readyForMs: number
  /** Utilisation of its siblings in the same check. */
  readonly siblingsElu: readonly number[]
}

/** What the monitor remembers of a worker between checks. */
export interface Assessment {
  readonly verdict: Verdict
  /** In a row. */
  readonly badChecks: number
  /** In a row, while out of rotation. */
  readonly goodChecks: number
  readonly inRotation: boolean
}

export const FIRST_ASSESSMENT: Assessment = { verdict: { kind: 'grace' }, badChecks: 0, goodChecks: 0, inRotation: true }

/** A worker is back in rotation after this many good checks in a row. */
const GOOD_CHECKS_TO_RETURN = 2

/** Judges one check. Pure: what is to be done about it is in the result, `order` included. */
export function assess(
  before: Assessment,
  sample: Sample,
  spec: HealthSpec,
): { readonly after: Assessment; readonly order: 'none' | 'replace' | 'kill' } {
  if (sample.silentMs !== null && sample.silentMs > 0) return blocked(before, sample.silentMs, spec)
  if (sample.readyForMs < spec.gracePeriodMs) return { after: rotate(before, { kind: 'grace' }), order: 'none' }
  const finding = heapFinding(sample, spec)
  const pressure = finding ?? eluFinding(sample, spec)
  if (!pressure) return { after: rotate(before, { kind: 'ok' }), order: 'none' }
  if (!finding && !isOutlier(sample, spec))
    return { after: { ...rotate(before, { kind: 'ok' }), verdict: { kind: 'pressed', ...pressure } }, order: 'none' }
  const badChecks = before.badChecks + 1
  const unhealthy = badChecks >= spec.maxUnhealthyChecks
  const verdict: Verdict = { kind: unhealthy ? 'unhealthy' : 'pressed', ...pressure }
  return { after: { ...before, verdict, badChecks, goodChecks: 0 }, order: unhealthy ? 'replace' : 'none' }
}

/** The loop does not turn: out of rotation at once, also in grace. */
function blocked(before: Assessment, silentMs: number, spec: HealthSpec): ReturnType<typeof assess> {
  const verdict: Verdict = { kind: 'blocked', measure: 'ping', limit: spec.blockedAfterMs, value: silentMs }
  const after = { verdict, badChecks: before.badChecks + 1, goodChecks: 0, inRotation: false }
  return { after, order: silentMs >= spec.blockedAfterMs ? 'kill' : 'none' }
}

/** A good check: returns to rotation, if it was out, after enough of them. */
function rotate(before: Assessment, verdict: Verdict): Assessment {
  const goodChecks = before.inRotation ? 0 : before.goodChecks + 1
  const inRotation = before.inRotation || goodChecks >= GOOD_CHECKS_TO_RETURN
  return { verdict, badChecks: 0, goodChecks: inRotation ? 0 : goodChecks, inRotation }
}

function heapFinding(sample: Sample, spec: HealthSpec): Finding | null {
  if (sample.heapShare === null || spec.maxHeapUsed === 0 || sample.heapShare <= spec.maxHeapUsed) return null
  return { measure: 'heap', limit: spec.maxHeapUsed, value: sample.heapShare }
}

function eluFinding(sample: Sample, spec: HealthSpec): Finding | null {
  if (spec.maxELU === 0 || sample.elu <= spec.maxELU) return null
  return { measure: 'elu', limit: spec.maxELU, value: sample.elu }
}

/**
 * Busy alone is load, not sickness: it counts against a worker that has no siblings, or whose siblings are not as busy.
 * When the whole pool is pressed nobody is replaced for it.
 */
function isOutlier(sample: Sample, spec: HealthSpec): boolean {
  return sample.siblingsElu.length === 0 || median(sample.siblingsElu) <= spec.maxELU
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
