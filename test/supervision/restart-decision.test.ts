import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { Exit } from '../../src/model/exit.ts'
import type { RestartPolicy, RestartSpec } from '../../src/model/spec.ts'
import { backoffDelayMs } from '../../src/supervision/backoff.ts'
import { addCrash, countWithin } from '../../src/supervision/intensity.ts'
import { exitCause } from '../../src/supervision/exit-cause.ts'
import { decideRestart, NO_HISTORY, type RestartHistory } from '../../src/supervision/restart-decision.ts'
import { restartSpec } from './specs.ts'

const COMPLETED: Exit = { kind: 'completed' }
const CRASHED: Exit = { kind: 'crashed', code: 3 }
const OUT_OF_MEMORY: Exit = { kind: 'out-of-memory' }
const KILLED: Exit = { kind: 'killed', reason: 'blocked' }

describe('decideRestart, policy by exit', () => {
  const matrix: readonly [RestartPolicy, Exit, string][] = [
    ['always', COMPLETED, 'restart'],
    ['always', CRASHED, 'restart'],
    ['always', OUT_OF_MEMORY, 'restart'],
    ['always', KILLED, 'restart'],
    ['on-failure', COMPLETED, 'complete'],
    ['on-failure', CRASHED, 'restart'],
    ['on-failure', OUT_OF_MEMORY, 'restart'],
    ['on-failure', KILLED, 'restart'],
    ['never', COMPLETED, 'complete'],
    ['never', CRASHED, 'quarantine'],
    ['never', OUT_OF_MEMORY, 'quarantine'],
    ['never', KILLED, 'quarantine'],
  ]
  for (const [policy, exit, expected] of matrix) {
    test(`${policy} × ${exit.kind} → ${expected}`, () => {
      const { decision } = decideRestart(
        restartSpec({ policy }),
        NO_HISTORY,
        { exit, readyForMs: 100, probe: false },
        { nowMs: 0, entropy: 0.5 },
      )
      assert.equal(decision.kind, expected)
    })
  }
})

function crashTimes(spec: RestartSpec, atMs: readonly number[], readyForMs = 10) {
  let history: RestartHistory = NO_HISTORY
  return atMs.map((nowMs) => {
    const result = decideRestart(spec, history, { exit: CRASHED, readyForMs, probe: false }, { nowMs, entropy: 0.5 })
    history = result.history
    return result.decision
  })
}

test('decideRestart survives maxAttempts crashes within the window and quarantines at the next', () => {
  const decisions = crashTimes(restartSpec({ maxAttempts: 3, windowMs: 60_000 }), [0, 1000, 2000, 3000])
  assert.deepEqual(
    decisions.map((decision) => decision.kind),
    ['restart', 'restart', 'restart', 'quarantine'],
  )
  assert.deepEqual(decisions[3], { kind: 'quarantine', reason: 'intensity-exceeded' })
})

test('decideRestart forgets crashes that have left the window', () => {
  const decisions = crashTimes(restartSpec({ maxAttempts: 1, windowMs: 1000 }), [0, 2000, 4000, 6000])
  assert.ok(decisions.every((decision) => decision.kind === 'restart'))
})

test('decideRestart catches the patient crasher by its crashes per hour', () => {
  const everyTwoMinutes = Array.from({ length: 21 }, (_, i) => i * 120_000)
  const decisions = crashTimes(restartSpec({ maxAttempts: 5, windowMs: 60_000, maxPerHour: 20 }), everyTwoMinutes, 60_000)
  assert.deepEqual(decisions.at(-1), { kind: 'quarantine', reason: 'too-many-per-hour' })
})

test('decideRestart does not reset the window when a worker was stable, only the delay', () => {
  const spec = restartSpec({ maxAttempts: 2, windowMs: 600_000, stableAfterMs: 1000, delayMs: 100, jitter: 0 })
  const decisions = crashTimes(spec, [0, 10_000, 20_000], 5000)
  assert.deepEqual(decisions[1], { kind: 'restart', delayMs: 100, attempt: 1 })
  assert.deepEqual(decisions[2], { kind: 'quarantine', reason: 'intensity-exceeded' })
})

test('decideRestart counts failed starts in a row, without a window', () => {
  const spec = restartSpec({ startAttempts: 3 })
  let history: RestartHistory = NO_HISTORY
  const kinds = [0, 100_000, 200_000].map((nowMs) => {
    const result = decideRestart(spec, history, { exit: CRASHED, readyForMs: null, probe: false }, { nowMs, entropy: 0.5 })
    history = result.history
    return result.decision.kind
  })
  assert.deepEqual(kinds, ['restart', 'restart', 'quarantine'])
})

test('decideRestart quarantines a failed probe at once', () => {
  const { decision } = decideRestart(
    restartSpec({}),
    NO_HISTORY,
    { exit: CRASHED, readyForMs: null, probe: true },
    { nowMs: 0, entropy: 0 },
  )
  assert.deepEqual(decision, { kind: 'quarantine', reason: 'probe-failed' })
})

test('backoffDelayMs grows by the factor and is capped', () => {
  const spec = restartSpec({ delayMs: 100, factor: 2, maxDelayMs: 1000, jitter: 0 })
  assert.deepEqual(
    [0, 1, 2, 3, 4, 50].map((attempt) => backoffDelayMs(spec, attempt, 0.3)),
    [100, 200, 400, 800, 1000, 1000],
  )
})

test('backoffDelayMs stays within the jitter and below the cap, whatever chance says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2000 }), fc.double({ min: 0, max: 1, noNaN: true }), (attempt, entropy) => {
      const spec = restartSpec({ delayMs: 100, factor: 2, maxDelayMs: 30_000, jitter: 0.2 })
      const grown = Math.min(30_000, 100 * 2 ** attempt)
      const delayMs = backoffDelayMs(spec, attempt, entropy)
      assert.ok(delayMs >= Math.floor(grown * 0.8) && delayMs <= Math.min(30_000, Math.ceil(grown * 1.2)))
    }),
  )
})

test('the sliding window never lets more than the limit through in any period', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 60 }), (gapsMs) => {
      const limit = 5
      const periodMs = 60_000
      let crashes: readonly number[] = []
      const survived: number[] = []
      let nowMs = 0
      for (const gapMs of gapsMs) {
        nowMs += gapMs
        crashes = addCrash(crashes, nowMs, 3_600_000)
        if (countWithin(crashes, nowMs, periodMs) > limit) return
        survived.push(nowMs)
        assert.ok(survived.filter((atMs) => atMs > nowMs - periodMs).length <= limit)
      }
    }),
  )
})

test('exitCause tells what was asked for from what happened by itself', () => {
  const oom = { name: 'Error', message: 'out of memory', code: 'ERR_WORKER_OUT_OF_MEMORY' }
  const boom = { name: 'TypeError', message: 'boom' }
  assert.deepEqual(exitCause({ code: 0, error: null, asked: 'nothing' }), { kind: 'completed' })
  assert.deepEqual(exitCause({ code: 3, error: null, asked: 'nothing' }), { kind: 'crashed', code: 3 })
  assert.deepEqual(exitCause({ code: 1, error: boom, asked: 'nothing' }), { kind: 'crashed', code: 1, error: boom })
  assert.deepEqual(exitCause({ code: 1, error: oom, asked: 'nothing' }), { kind: 'out-of-memory', error: oom })
  assert.deepEqual(exitCause({ code: 0, error: null, asked: 'stop' }), { kind: 'stopped', code: 0 })
  assert.deepEqual(exitCause({ code: 1, error: null, asked: 'blocked' }), { kind: 'killed', reason: 'blocked' })
})

test('decideRestart quarantines what ends well, but at once and for ever; not what did so after it was stable', () => {
  const ends = (readyForMs: number) => {
    let history: RestartHistory = NO_HISTORY
    return [0, 1000, 2000].map((nowMs) => {
      const dead = { exit: COMPLETED, readyForMs, probe: false } as const
      const result = decideRestart(restartSpec({ maxAttempts: 1, stableAfterMs: 500 }), history, dead, { nowMs, entropy: 0.5 })
      history = result.history
      return result.decision.kind
    })
  }
  assert.deepEqual(ends(10), ['restart', 'quarantine', 'quarantine'])
  assert.deepEqual(ends(600), ['restart', 'restart', 'restart'])
})

describe('the limits of a restart are exact', () => {
  const decide = (spec: Parameters<typeof restartSpec>[0], history: Partial<RestartHistory>, readyForMs: number, exit: Exit = CRASHED) =>
    decideRestart(restartSpec(spec), { ...NO_HISTORY, ...history }, { exit, readyForMs, probe: false }, { nowMs: 1_000_000, entropy: 0.5 })

  test('a crash that is as old as the window counts no more, and is forgotten', () => {
    assert.equal(countWithin([0, 1], 60, 60), 1)
    assert.deepEqual(addCrash([0, 1], 60, 60), [1, 60])
  })

  test('maxPerHour crashes are allowed, one more is not', () => {
    const crashesMs = [900_000, 910_000]
    const spec = { windowMs: 1000, maxPerHour: 3 }
    assert.equal(decide(spec, { crashesMs }, 10).decision.kind, 'restart')
    assert.equal(decide(spec, { crashesMs: [890_000, ...crashesMs] }, 10).decision.kind, 'quarantine')
  })

  test('a worker that was ready for stableAfter was stable', () => {
    const spec = { stableAfterMs: 500 }
    assert.equal(decide(spec, { attempt: 4 }, 500).history.attempt, 1)
    assert.equal(decide(spec, { attempt: 4 }, 499).history.attempt, 5)
    assert.deepEqual(decide(spec, {}, 500, COMPLETED).history.crashesMs, [])
    assert.deepEqual(decide(spec, {}, 499, COMPLETED).history.crashesMs, [1_000_000])
  })
})
