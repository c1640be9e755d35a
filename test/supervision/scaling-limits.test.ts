import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ScalingSpec } from '../../src/model/spec.ts'
import { decideScaling, forgetSamples, freshScaler, type ScalerState, type ScalingStep } from '../../src/supervision/scaling-decision.ts'

/** Of numbers that a computer can hold exactly. */
const SPEC: ScalingSpec = { min: 1, max: 16, targetELU: 0.5, tolerance: 0.25, stabiliseMs: 60_000, cooldownMs: 20_000 }
const NOW_MS = 1_000_000

interface Situation {
  readonly elu: number
  /** Four by default, all of them measured. */
  readonly workers?: number
  readonly measured?: number
  /** What is remembered besides the readings of the last four seconds, which were like this one. */
  readonly state?: Partial<ScalerState>
}

/** The reading that makes the load known, and what is decided then. */
function decide({ elu, workers = 4, measured = workers, state = {} }: Situation): ScalingStep {
  const samples = [4, 3, 2, 1].map((second) => ({ atMs: NOW_MS - second * 1000, mean: elu, measured }))
  const elus = Array.from({ length: measured }, () => elu)
  return decideScaling({ ...freshScaler(0, null), samples, ...state }, { nowMs: NOW_MS, workers, lost: 0, elus }, SPEC)
}

function recommended(situation: Situation): number | undefined {
  return decide(situation).state.recommendations.at(-1)?.workers
}

const ago = (ms: number, workers: number) => ({ atMs: NOW_MS - ms, workers })

describe('the limits of scaling are exact', () => {
  test('a mean that is off the target by the tolerance is within it, by any more is not', () => {
    assert.equal(recommended({ elu: 0.625 }), 4)
    assert.equal(recommended({ elu: 0.626 }), 6)
    assert.equal(recommended({ elu: 0.375 }), 4)
    assert.equal(recommended({ elu: 0.374 }), 3)
  })

  test('workers that cannot be measured do not matter when the others are right on target', () => {
    assert.equal(recommended({ elu: 0.5, measured: 1 }), 4)
  })

  test('a reading that is as old as the window counts no more', () => {
    const since = (oldestMs: number) => [oldestMs, 3000, 2000, 1000].map((ms) => ({ atMs: NOW_MS - ms, mean: 1, measured: 4 }))
    assert.deepEqual(decide({ elu: 1, state: { samples: since(10_000) } }).decision, { kind: 'keep', why: 'measuring' })
    assert.equal(decide({ elu: 1, state: { samples: since(9999) } }).decision.kind, 'scale')
  })

  test('the next change may come when the cooldown is over', () => {
    assert.deepEqual(decide({ elu: 1, state: { changedMs: NOW_MS - 19_999 } }).decision, { kind: 'keep', why: 'cooldown' })
    assert.equal(decide({ elu: 1, state: { changedMs: NOW_MS - 20_000 } }).decision.kind, 'scale')
  })

  test('workers go when they were not needed for as long as it takes to stabilise', () => {
    const state = (recommendations: ScalerState['recommendations'], sinceMs = 0) => ({ recommendations, sinceMs })
    const quiet = [ago(20_000, 2)]
    const isScaled = { kind: 'scale', to: 2, reason: 'elu 0.25 of 4, target 0.50; 2 enough for 60 s' }
    assert.deepEqual(decide({ elu: 0.25, state: state(quiet, NOW_MS - 59_999) }).decision, { kind: 'keep', why: 'stabilising' })
    assert.deepEqual(decide({ elu: 0.25, state: state(quiet, NOW_MS - 60_000) }).decision, isScaled)
    assert.deepEqual(decide({ elu: 0.25, state: state([ago(59_999, 4), ...quiet]) }).decision, { kind: 'keep', why: 'stabilising' })
    assert.deepEqual(decide({ elu: 0.25, state: state([ago(60_000, 4), ...quiet]) }).decision, isScaled)
  })

  test('what was not known for longer than twice the window was not quiet', () => {
    const sinceMs = 700_000
    assert.equal(decide({ elu: 0.5, state: { recommendations: [ago(20_000, 4)], sinceMs } }).state.sinceMs, sinceMs)
    assert.equal(decide({ elu: 0.5, state: { recommendations: [ago(20_001, 4)], sinceMs } }).state.sinceMs, NOW_MS)
    assert.equal(decide({ elu: 0.5 }).state.sinceMs, NOW_MS, 'nor was the time before the first reading')
  })

  test('only workers that are too many wait for the load to stabilise', () => {
    assert.deepEqual(decide({ elu: 0.5 }).decision, { kind: 'keep', why: 'on-target' })
    assert.deepEqual(decide({ elu: 0.25, state: { recommendations: [ago(1000, 4)] } }).decision, { kind: 'keep', why: 'stabilising' })
  })
})

test('forgetSamples forgets the load, and not how many workers were needed', () => {
  const state = { ...decide({ elu: 0.5 }).state, changedMs: 5 }
  const forgotten = forgetSamples(state)
  assert.deepEqual(forgotten, { ...state, samples: [] })
  const { decision } = decideScaling(forgotten, { nowMs: NOW_MS + 1000, workers: 4, lost: 0, elus: [1, 1, 1, 1] }, SPEC)
  assert.deepEqual(decision, { kind: 'keep', why: 'measuring' })
})
