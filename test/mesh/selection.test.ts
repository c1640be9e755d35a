import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { nextCursor, pickLeastPending, startCursor } from '../../src/mesh/selection.ts'

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

test('selection in turns is fair within one over any number of requests, from any start', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), fc.nat(100), chance, (targets, requests, entropy) => {
      const counts = Array.from({ length: targets }, () => 0)
      let cursor = startCursor(targets, entropy)
      for (let i = 0; i < requests; i++) {
        counts[cursor] = (counts[cursor] ?? 0) + 1
        cursor = nextCursor(cursor, targets)
      }
      assert.ok(Math.max(...counts) - Math.min(...counts) <= 1)
    }),
  )
})

test('pickLeastPending never takes the busiest of several, and knows of none and one', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(1000), { minLength: 2, maxLength: 9 }), chance, (pending, entropy) => {
      const index = pickLeastPending(pending, entropy, (count) => count)
      assert.ok(index >= 0 && index < pending.length)
      assert.notEqual(pending[index], Math.max(...pending))
    }),
  )
  assert.equal(
    pickLeastPending([], 0.5, () => 0),
    -1,
  )
  assert.equal(
    pickLeastPending([7], 0.5, () => 0),
    0,
  )
})

test('pickLeastPending gives every target its share while all are equally busy', () => {
  const targets = [0, 1, 2, 3]
  const counts = targets.map(() => 0)
  for (let i = 0; i < 1200; i++) {
    const index = pickLeastPending(targets, i / 1200, () => 5)
    counts[index] = (counts[index] ?? 0) + 1
  }
  assert.deepEqual(counts, [300, 300, 300, 300])
})
