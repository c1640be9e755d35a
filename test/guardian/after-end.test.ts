import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { afterEnd, REBOOT_RULES, type RuntimeEnd } from '../../src/guardian/after-end.ts'
import { NO_HISTORY } from '../../src/supervision/restart-decision.ts'

const NOW = { nowMs: 1_000_000, entropy: 0.5 }
const KILLED: RuntimeEnd = { code: null, signal: 'SIGKILL', announced: null, stopAsked: false, locked: true, readyForMs: 60_000 }

function decide(end: Partial<RuntimeEnd>): ReturnType<typeof afterEnd>['after'] {
  return afterEnd({ ...KILLED, ...end }, NO_HISTORY, NOW).after
}

test('a signal, an abort and an unannounced exit code are followed by a reboot', () => {
  assert.deepEqual(decide({}), { kind: 'reboot', cause: 'SIGKILL', delayMs: 100 })
  assert.deepEqual(decide({ signal: 'SIGABRT', readyForMs: null }), { kind: 'reboot', cause: 'SIGABRT', delayMs: 100 })
  for (const code of [0, 1, 7, 70, 134]) {
    assert.deepEqual(decide({ code, signal: null }), { kind: 'reboot', cause: `code ${code}`, delayMs: 100 })
  }
})

test('an announced end is final, with the announced code, however the process ended', () => {
  for (const code of [0, 1, 2, 5, 6, 78, 130]) {
    assert.deepEqual(decide({ announced: { code, next: 'end' } }), { kind: 'end', code, trouble: null })
  }
})

test('before it held the lock, the code of the runtime is passed on', () => {
  assert.deepEqual(decide({ code: 78, signal: null, locked: false }), { kind: 'end', code: 78, trouble: null })
  assert.equal(decide({ locked: false }).kind, 'end')
  assert.deepEqual(decide({ code: 78, signal: null, readyForMs: null }), { kind: 'end', code: 78, trouble: null }, 'broken since')
})

test('whoever was asked to stop is not started again, and its death is told', () => {
  assert.deepEqual(decide({ stopAsked: true, signal: 'SIGTERM' }), {
    kind: 'end',
    code: 143,
    trouble: 'it ended while it was stopping (SIGTERM)',
  })
  assert.deepEqual(decide({ stopAsked: true, announced: { code: 0, next: 'reboot' } }), { kind: 'end', code: 0, trouble: null })
})

test('recycling is no death: it never makes the guardian give up, but follows more slowly when there is no calm between', () => {
  let history = NO_HISTORY
  const delays: number[] = []
  for (let n = 0; n < 30; n += 1) {
    const decided = afterEnd({ ...KILLED, announced: { code: 0, next: 'reboot' }, readyForMs: 10 }, history, NOW)
    history = decided.history
    assert.equal(decided.after.kind, 'reboot')
    if (decided.after.kind === 'reboot') delays.push(decided.after.delayMs)
  }
  assert.deepEqual([delays[0], delays[1], delays.at(-1)], [100, 200, 30_000])
})

test('more deaths than the rules allow end it: at once in a row of failed starts, within the window otherwise', () => {
  fc.assert(
    fc.property(fc.option(fc.integer({ min: 0, max: 5000 }), { nil: null }), (readyForMs) => {
      let history = NO_HISTORY
      let deaths = 0
      for (;;) {
        deaths += 1
        const decided = afterEnd({ ...KILLED, readyForMs }, history, { nowMs: deaths * 1000, entropy: 0.5 })
        history = decided.history
        if (decided.after.kind === 'give-up') break
        assert.ok(deaths <= REBOOT_RULES.maxAttempts)
      }
      assert.equal(deaths, readyForMs === null ? REBOOT_RULES.startAttempts : REBOOT_RULES.maxAttempts + 1)
    }),
  )
})
