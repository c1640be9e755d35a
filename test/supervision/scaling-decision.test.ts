import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decideScaling, freshScaler, type ScalerState } from '../../src/supervision/scaling-decision.ts'
import { noise, reversals, simulate, SPEC, type Trace } from './scaling-simulator.ts'

describe('decideScaling', () => {
  test('goes up to the right number after a step, stays, and comes down when it is over', () => {
    const run = simulate((second) => (second < 60 ? 0.3 : second < 400 ? 3 : 0.3), { seconds: 700 })
    assert.equal(run.workers[50], 1)
    assert.equal(run.workers[390], 5, 'ceil(3 / 0.7)')
    assert.equal(run.workers.at(-1), 1)
    assert.equal(reversals(run), 1)
  })

  test('does not follow a sawtooth that is faster than its stabilisation', () => {
    const run = simulate((second) => (second % 30 < 15 ? 2.6 : 0.6), { seconds: 900 })
    assert.ok(
      run.changes.every(({ from, to }) => to > from),
      JSON.stringify(run.changes),
    )
    assert.equal(run.workers.at(-1), 4)
  })

  test('does nothing about noise around the target', () => {
    for (const size of [1, 2, 5]) {
      const spec = { ...SPEC, min: size, max: size + 3 }
      const run = simulate((second) => size * 0.7 * (1 + 0.15 * noise(second)), { spec, seconds: 900 })
      assert.deepEqual(run.changes, [], `${size} workers`)
    }
  })

  test('does not start workers for a spike of a second', () => {
    assert.deepEqual(simulate((second) => (second % 60 === 30 ? 1 : 0.4), { seconds: 600 }).changes, [])
  })

  test('follows a slow ramp up and down without going to and fro', () => {
    const run = simulate((second) => (second < 600 ? second / 120 : (1200 - second) / 120), { seconds: 1400 })
    assert.equal(reversals(run), 1)
    assert.ok(Math.max(...run.workers) >= 7)
    assert.equal(run.workers.at(-1), 1)
  })

  test('is not led astray by a stuck worker, noticed or not', () => {
    for (const noticed of [true, false]) {
      const run = simulate(() => 1.3, { spec: { ...SPEC, min: 3 }, seconds: 600, stuck: { slot: 1, noticed } })
      assert.ok(run.changes.length <= 1, JSON.stringify(run.changes))
      assert.ok(run.workers.every((workers) => workers <= 4))
    }
  })

  test('goes down to min when idle, once that was so for long enough', () => {
    const busy = simulate((second) => (second < 300 ? 5 : 0), { seconds: 800 })
    assert.equal(busy.workers.at(-1), 1)
    const down = busy.changes.filter(({ from, to }) => to < from)
    assert.ok(down.length <= 2, JSON.stringify(down))
    assert.ok((down[0]?.atMs ?? 0) >= 359_000)
  })

  test('says when more than max would be needed, and does no more', () => {
    const run = simulate(() => 20, { seconds: 400 })
    assert.equal(run.workers.at(-1), 8)
    assert.ok(run.limited > 0)
  })

  test('at most doubles at once', () => {
    const run = simulate(() => 20, { spec: { ...SPEC, max: 64, targetELU: 0.1 }, seconds: 10, graceSeconds: 0 })
    assert.deepEqual(run.changes[0], { atMs: 5000, from: 1, to: 2 })
  })

  test('waits for workers that cannot be measured yet', () => {
    const state = freshScaler(0, null)
    const { decision } = decideScaling(state, { nowMs: 1000, workers: 2, lost: 0, elus: [] }, SPEC)
    assert.deepEqual(decision, { kind: 'keep', why: 'measuring' })
  })

  test('takes new workers as idle before it adds more, and as busy before it removes some', () => {
    const decide = (elus: readonly number[], workers: number, lost = 0) => {
      let step = decideScaling(freshScaler(0, null), { nowMs: 0, workers, lost, elus }, SPEC)
      for (let second = 1; second < 6; second++) step = decideScaling(step.state, { nowMs: second * 1000, workers, lost, elus }, SPEC)
      return step
    }
    assert.equal(decide([0.95, 0.95], 3).decision.kind, 'keep', 'two busy and one new')
    assert.equal(decide([0.95, 0.95], 2).decision.kind, 'scale', 'two busy')
    assert.equal(decide([0.5], 3).state.recommendations.at(-1)?.workers, 3, 'one half busy, two unknown')
    assert.equal(decide([1, 1], 4).decision.kind, 'keep', 'two busy, two that will help')
    const { decision } = decide([1, 1], 4, 2)
    assert.deepEqual([decision.kind, 'to' in decision && decision.to], ['scale', 5], 'two busy, two that never will')
  })

  test('does not take a pause in which nothing was measured for a quiet one', () => {
    let step: { state: ScalerState; decision: { kind: string } } = { state: freshScaler(0, null), decision: { kind: 'none' } }
    const measure = (fromSecond: number, toSecond: number) => {
      for (let second = fromSecond; second <= toSecond; second++)
        step = decideScaling(step.state, { nowMs: second * 1000, workers: 4, lost: 0, elus: [0.1, 0.1, 0.1, 0.1] }, SPEC)
    }
    measure(1, 20)
    // Workers were replaced until second 100, perhaps because they had too much to do.
    measure(100, 150)
    assert.deepEqual(step.decision, { kind: 'keep', why: 'stabilising' })
    measure(151, 170)
    assert.equal(step.decision.kind, 'scale')
  })
})

const trace = fc
  .record({
    base: fc.double({ min: 0, max: 12, noNaN: true }),
    steps: fc.array(fc.tuple(fc.nat(600), fc.double({ min: 0, max: 12, noNaN: true })), { maxLength: 8 }),
  })
  .map(({ base, steps }): Trace => {
    const ordered = steps.toSorted((a, b) => a[0] - b[0])
    return (second) => ordered.findLast(([at]) => at <= second)?.[1] ?? base
  })

const spec = fc
  .record({
    min: fc.integer({ min: 1, max: 4 }),
    more: fc.nat(8),
    targetELU: fc.double({ min: 0.3, max: 0.9, noNaN: true }),
    stabilise: fc.nat(90),
    cooldown: fc.nat(40),
  })
  .map(({ min, more, targetELU, stabilise, cooldown }) => ({
    min,
    max: min + more,
    targetELU,
    tolerance: 0.1,
    stabiliseMs: stabilise * 1000,
    cooldownMs: cooldown * 1000,
  }))

test('decideScaling keeps its bounds and its cooldown, and removes nothing that was needed lately, whatever the load', () => {
  fc.assert(
    fc.property(trace, spec, fc.nat(10), (load, limits, graceSeconds) => {
      const { workers, changes } = simulate(load, { spec: limits, seconds: 700, graceSeconds })
      assert.ok(workers.every((count) => count >= limits.min && count <= limits.max))
      for (const [index, { atMs, from, to }] of changes.entries()) {
        const before = changes[index - 1]
        if (before) assert.ok(atMs - before.atMs >= limits.cooldownMs, 'cooldown')
        const up = changes.slice(0, index).findLast((earlier) => earlier.to > earlier.from)
        if (to < from) assert.ok(atMs - (up?.atMs ?? 0) >= limits.stabiliseMs, 'stabilise')
        assert.ok(to <= from * 2)
      }
    }),
    { numRuns: 300 },
  )
})

test('decideScaling comes to rest under a steady load, with no worker too few', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 10, noNaN: true }), spec, (load, limits) => {
      const seconds = 1500
      const { workers, changes } = simulate(() => load, { spec: limits, seconds })
      assert.ok(
        changes.every(({ atMs }) => atMs < (seconds - 300) * 1000),
        'at rest',
      )
      const last = workers.at(-1) ?? 0
      assert.ok(last === limits.max || load / last <= limits.targetELU * 1.1 + 1e-6, `${load} on ${last}`)
    }),
    { numRuns: 300 },
  )
})
