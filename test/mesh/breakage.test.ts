import assert from 'node:assert/strict'
import { test } from 'node:test'
import { afterBreak, NEVER_BROKEN } from '../../src/mesh/breakage.ts'

test('breakage: a line that breaks again and again is tried less and less often, up to a limit', () => {
  let breakage = NEVER_BROKEN
  const waits: number[] = []
  for (let nowMs = 1_000; waits.length < 8; nowMs = breakage.untilMs) {
    breakage = afterBreak(breakage, nowMs)
    waits.push(breakage.untilMs - nowMs)
  }
  assert.deepEqual(waits, [250, 500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000])
})

test('breakage: a line that has held for five seconds begins anew', () => {
  const third = afterBreak(afterBreak(afterBreak(NEVER_BROKEN, 0), 250), 750)
  assert.deepEqual(third, { untilMs: 1_750, breaks: 3 })
  assert.equal(afterBreak(third, 1_750 + 4_999).breaks, 4)
  assert.deepEqual(afterBreak(third, 1_750 + 5_000), { untilMs: 7_000, breaks: 1 })
})
