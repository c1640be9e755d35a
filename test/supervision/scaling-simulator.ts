import type { ScalingSpec } from '../../src/model/spec.ts'
import { afterScaling, decideScaling, freshScaler, type ScalerState } from '../../src/supervision/scaling-decision.ts'

export const SPEC: ScalingSpec = { min: 1, max: 8, targetELU: 0.7, tolerance: 0.1, stabiliseMs: 60_000, cooldownMs: 20_000 }

/** Work that arrives at a moment, in workers that would be busy all the time. */
export type Trace = (second: number) => number

export interface Run {
  /** Number of workers in every second. */
  readonly workers: readonly number[]
  readonly changes: readonly { readonly atMs: number; readonly from: number; readonly to: number }[]
  /** How often more than `max` was asked for. */
  readonly limited: number
}

export interface SimulatorOptions {
  readonly spec?: ScalingSpec
  readonly seconds: number
  /** How long a new worker needs before it is measured; it works from the first moment. */
  readonly graceSeconds?: number
  /** Slots whose worker does not turn its loop: busy, of no use, and (if it is noticed) not measured. */
  readonly stuck?: { readonly slot: number; readonly noticed: boolean }
}

/** Plays a trace against the decision, once a second, with a pool that shares the work evenly. */
export function simulate(trace: Trace, { spec = SPEC, seconds, graceSeconds = 5, stuck }: SimulatorOptions): Run {
  let state: ScalerState = freshScaler(0, null)
  let bornAt = Array.from({ length: spec.min }, () => 0)
  const workers: number[] = []
  const changes: Run['changes'][number][] = []
  let limited = 0
  for (let second = 1; second <= seconds; second++) {
    const nowMs = second * 1000
    const isStuck = (slot: number) => slot === stuck?.slot
    const useful = bornAt.filter((_, slot) => !isStuck(slot)).length
    const elu = Math.min(1, trace(second) / Math.max(1, useful))
    const elus = bornAt.flatMap((born, slot) => {
      if (isStuck(slot)) return stuck?.noticed ? [] : [1]
      return second - born >= graceSeconds ? [elu] : []
    })
    const step = decideScaling(state, { nowMs, workers: bornAt.length, lost: 0, elus }, spec)
    state = step.state
    if (step.decision.kind === 'limited') limited++
    if (step.decision.kind === 'scale') {
      const { to } = step.decision
      changes.push({ atMs: nowMs, from: bornAt.length, to })
      bornAt = to < bornAt.length ? bornAt.slice(0, to) : [...bornAt, ...Array.from({ length: to - bornAt.length }, () => second)]
      state = afterScaling(state, nowMs)
    }
    workers.push(bornAt.length)
  }
  return { workers, changes, limited }
}

/** How often the number changed its direction. */
export function reversals({ changes }: Run): number {
  const directions = changes.map(({ from, to }) => Math.sign(to - from))
  return directions.filter((direction, index) => index > 0 && direction !== directions[index - 1]).length
}

/** Deterministic noise in [-1, 1]. */
export function noise(second: number): number {
  const x = Math.sin(second * 12.9898) * 43_758.5453
  return 2 * (x - Math.floor(x)) - 1
}
