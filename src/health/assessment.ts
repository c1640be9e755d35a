import type { HealthSpec } from '../model/spec.ts'
import type { Finding, Verdict } from '../model/verdict.ts'
import { findPressure, limitsOf, type Readings } from './findings.ts'
import { isOverload, type Company } from './overload.ts'

/** What one check saw of one worker. */
export interface Sample {
  readonly readings: Readings
  /** Those of the other workers of its service, worked out only when there is need of them. */
  readonly siblings: () => readonly Readings[]
  /** Cores that it may use; 0 = no limit. */
  readonly cpuLimit: number
  /** What makes doubt whether it lives, the strongest first. */
  readonly evidence: readonly Finding[]
  /** Looked at when callers find it stuck. */
  readonly company: () => Company
  /** For how long it has been ready. */
  readonly readyForMs: number
}

/** Whether it is to get requests. `suspect`: not while enough others do. `blocked`: not while anybody else can. */
export type Standing = 'trusted' | 'suspect' | 'blocked'

/** What the monitor remembers of a worker between checks. */
export interface Assessment {
  readonly verdict: Verdict
  /** In a row. */
  readonly badChecks: number
  /** In a row, while not trusted. */
  readonly goodChecks: number
  readonly standing: Standing
}

export const FIRST_ASSESSMENT: Assessment = { verdict: { kind: 'grace' }, badChecks: 0, goodChecks: 0, standing: 'trusted' }

/** A worker is trusted again after this many good checks in a row. */
const GOOD_CHECKS_TO_RETURN = 2

/** Judges one check of a worker whose loop turns. Pure: what is to be done about it is in the result, `order` included. */
export function assess(before: Assessment, sample: Sample, spec: HealthSpec): { readonly after: Assessment; readonly order: Order } {
  if (sample.readyForMs < spec.gracePeriodMs) return { after: goodCheck(before, { kind: 'grace' }), order: 'none' }
  const load = sample.evidence.find(({ measure }) => measure === 'stuck' && isOverload(sample.company()))
  const evidence = sample.evidence.find((one) => one !== load)
  if (evidence) return badCheck({ ...before, standing: 'suspect' }, { verdict: { kind: 'suspect', ...evidence }, spec })
  const pressure =
    findPressure(sample.readings, sample.siblings, limitsOf(spec, sample.cpuLimit)) ?? (load && { finding: load, counts: false })
  if (!pressure) return { after: goodCheck(before, { kind: 'ok' }), order: 'none' }
  const verdict: Verdict = { kind: 'pressed', ...pressure.finding }
  // Under load, but there: that is a good check as far as doubts about its life are concerned.
  if (!pressure.counts) return { after: goodCheck(before, verdict), order: 'none' }
  return badCheck(before, { verdict, spec })
}

export type Order = 'none' | 'replace'

/** No answer to a ping: out of rotation at once, also in grace; to be killed when that has lasted. */
export function assessSilence(
  before: Assessment,
  silentMs: number,
  spec: HealthSpec,
): { readonly after: Assessment; readonly order: 'none' | 'kill' } {
  const verdict: Verdict = { kind: 'blocked', measure: 'ping', limit: spec.blockedAfterMs, value: silentMs }
  const after: Assessment = { ...before, verdict, goodChecks: 0, standing: 'blocked' }
  return { after, order: silentMs >= spec.blockedAfterMs ? 'kill' : 'none' }
}

/** The answer came after all. The checks that follow decide when it is trusted again. */
export function assessReturn(before: Assessment, missed: Finding): Assessment {
  return before.standing === 'blocked' ? { ...before, verdict: { kind: 'suspect', ...missed }, standing: 'suspect' } : before
}

function badCheck(before: Assessment, { verdict, spec }: { verdict: Verdict & Finding; spec: HealthSpec }): ReturnType<typeof assess> {
  const badChecks = before.badChecks + 1
  const unhealthy = badChecks >= spec.maxUnhealthyChecks
  const after: Assessment = { ...before, verdict: unhealthy ? { ...verdict, kind: 'unhealthy' } : verdict, badChecks, goodChecks: 0 }
  return { after, order: unhealthy ? 'replace' : 'none' }
}

/** A doubted worker keeps its verdict until it is trusted again. */
function goodCheck(before: Assessment, verdict: Verdict): Assessment {
  const goodChecks = before.standing === 'trusted' ? 0 : before.goodChecks + 1
  if (before.standing !== 'trusted' && goodChecks < GOOD_CHECKS_TO_RETURN) return { ...before, badChecks: 0, goodChecks }
  return { verdict, badChecks: 0, goodChecks: 0, standing: 'trusted' }
}
