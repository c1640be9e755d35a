import type { ScalingSpec } from '../model/spec.ts'

/** What the autoscaler remembers of one service. */
export interface ScalerState {
  readonly samples: readonly LoadSample[]
  /** How many workers would have been right, at moments of the recent past. */
  readonly recommendations: readonly { readonly atMs: number; readonly workers: number }[]
  /** Since when there are recommendations, without a gap. */
  readonly sinceMs: number
  /** Null = no change has been seen yet. */
  readonly changedMs: number | null
}

interface LoadSample {
  readonly atMs: number
  /** Mean event-loop utilisation of the workers that could be measured, and how many those were. */
  readonly mean: number
  readonly measured: number
}

export interface LoadReading {
  readonly nowMs: number
  /** How many workers there are to be. */
  readonly workers: number
  /** How many of them will not come by themselves: quarantined. */
  readonly lost: number
  /** Utilisation of those that are ready and can be judged: not of new, blocked or dead ones. */
  readonly elus: readonly number[]
}

export type ScalingDecision =
  | { readonly kind: 'keep'; readonly why: 'measuring' | 'on-target' | 'cooldown' | 'stabilising' }
  /** More than `max` would be needed. */
  | { readonly kind: 'limited'; readonly asked: number; readonly reason: string }
  | { readonly kind: 'scale'; readonly to: number; readonly reason: string }

/** The load is a mean over this long, so that one garbage collection is no reason to do anything. */
const WINDOW_MS = 10_000
const MIN_SAMPLES = 5

/** Without a recommendation for so long nothing is known about the time between; less than that is what a change of our own costs. */
const MAX_GAP_MS = 2 * WINDOW_MS

/** At most this factor at once. */
const MAX_GROWTH = 2

/** Before the first reading (`changedMs` null), and when somebody else has changed the number of workers: that holds for a while. */
export function freshScaler(nowMs: number, changedMs: number | null): ScalerState {
  return { samples: [], recommendations: [], sinceMs: nowMs, changedMs }
}

/** After a change that was decided here. What was measured is of another pool; how many workers were right is still true. */
export function afterScaling(state: ScalerState, nowMs: number): ScalerState {
  return { ...state, samples: [], changedMs: nowMs }
}

/** What was measured while workers were being replaced says nothing. */
export function forgetSamples(state: ScalerState): ScalerState {
  return { ...state, samples: [] }
}

/**
 * The algorithm of Kubernetes' HorizontalPodAutoscaler: as many workers as bring the mean to the target, nothing within the tolerance,
 * more at once, fewer only when none of the last `stabilise` asked for more; and nothing before `cooldown` has passed since the last change.
 */
export function decideScaling(state: ScalerState, reading: LoadReading, spec: ScalingSpec): ScalingStep {
  const { nowMs, workers, lost, elus } = reading
  const sample = elus.length === 0 ? [] : [{ atMs: nowMs, mean: mean(elus), measured: elus.length }]
  // Of the same workers, as far as one can tell: when one more counts, or one less, it begins anew.
  const comparable = state.samples.filter(({ atMs, measured }) => atMs > nowMs - WINDOW_MS && measured === elus.length)
  const samples = [...comparable, ...sample]
  if (samples.length < MIN_SAMPLES || elus.length === 0)
    return { state: { ...state, samples }, decision: { kind: 'keep', why: 'measuring' } }
  const load = mean(samples.map((one) => one.mean))
  const asked = lost + recommend({ load, measured: elus.length, workers: workers - lost }, spec)
  const bounded = Math.min(clamp(asked, spec), workers * MAX_GROWTH)
  const recommendations = [
    ...state.recommendations.filter(({ atMs }) => atMs > nowMs - spec.stabiliseMs),
    { atMs: nowMs, workers: bounded },
  ]
  const lastMs = state.recommendations.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY
  const sinceMs = nowMs - lastMs > MAX_GAP_MS ? nowMs : state.sinceMs
  const after = { samples, recommendations, sinceMs, changedMs: state.changedMs }
  return { state: after, decision: decide(after, { nowMs, workers, load, asked, bounded }, spec) }
}

export interface ScalingStep {
  readonly state: ScalerState
  readonly decision: ScalingDecision
}

interface Assessment {
  readonly nowMs: number
  readonly workers: number
  readonly load: number
  readonly asked: number
  readonly bounded: number
}

function decide(state: ScalerState, { nowMs, workers, load, asked, bounded }: Assessment, spec: ScalingSpec): ScalingDecision {
  if (state.changedMs !== null && nowMs - state.changedMs < spec.cooldownMs) return { kind: 'keep', why: 'cooldown' }
  const figures = `elu ${load.toFixed(2)} of ${workers}, target ${spec.targetELU.toFixed(2)}`
  if (bounded > workers) return { kind: 'scale', to: bounded, reason: figures }
  if (asked > workers) return { kind: 'limited', asked, reason: `max is ${spec.max} (${figures})` }
  // The most that was needed lately, which is never less than what is needed now.
  const lately = Math.max(...state.recommendations.map((one) => one.workers))
  if (lately >= workers) return { kind: 'keep', why: bounded < workers ? 'stabilising' : 'on-target' }
  if (nowMs - state.sinceMs < spec.stabiliseMs) return { kind: 'keep', why: 'stabilising' }
  return { kind: 'scale', to: lately, reason: `${figures}; ${lately} enough for ${Math.round(spec.stabiliseMs / 1000)} s` }
}

/**
 * How many workers bring the mean to the target. One that cannot be measured does something between nothing and what it is meant to do:
 * it is taken as idle when more workers seem to be needed, and as on target when fewer do, so that the decision does not have to be taken
 * back, whatever it turns out to be.
 */
function recommend(
  { load, measured, workers }: { readonly load: number; readonly measured: number; readonly workers: number },
  { targetELU, tolerance }: ScalingSpec,
): number {
  const least = (load * measured) / targetELU
  const most = least + workers - measured
  if (least > workers * (1 + tolerance)) return roundUp(least)
  if (most < workers * (1 - tolerance)) return roundUp(most)
  return workers
}

/** Not 3.0000000000000004 → 4. */
function roundUp(workers: number): number {
  return Math.ceil(workers - 1e-9)
}

function clamp(workers: number, { min, max }: ScalingSpec): number {
  return Math.min(max, Math.max(min, workers))
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
