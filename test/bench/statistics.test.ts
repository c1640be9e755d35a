import assert from 'node:assert/strict'
import { test } from 'node:test'
import { median, percentile, ratiosByRound, summarise } from './report/statistics.ts'

test('the median is the value in the middle, or the mean of the two there', () => {
  assert.equal(median([5]), 5)
  assert.equal(median([9, 1, 5]), 5)
  assert.equal(median([4, 1, 3, 2]), 2.5)
  assert.equal(median([10, 9, 100]), 10, 'as numbers, not as text')
})

test('the median of nothing is refused', () => {
  assert.throws(() => median([]), RangeError)
})

test('a summary has the median and the extremes, and leaves its input as it was', () => {
  const values = [3, 1, 2]
  assert.deepEqual(summarise(values), { median: 2, min: 1, max: 3 })
  assert.deepEqual(values, [3, 1, 2])
})

test('a percentile is a value that was measured: the nearest rank', () => {
  const sorted = Float64Array.from({ length: 100 }, (_, at) => at + 1)
  assert.equal(percentile(sorted, 50), 50)
  assert.equal(percentile(sorted, 99), 99)
  assert.equal(percentile(sorted, 100), 100)
  assert.equal(percentile(sorted, 0), 1)
  assert.equal(percentile([7], 99), 7)
  assert.equal(percentile([1, 2, 3], 50), 2)
})

test('a percentile of nothing is refused', () => {
  assert.throws(() => percentile([], 50), RangeError)
})

test('a ratio is taken round by round, so that a slow round of both does not show in it', () => {
  const ratios = ratiosByRound([80, 8, 88], [10, 1, 11])
  assert.deepEqual(ratios, [8, 8, 8])
  assert.equal(median(ratios), 8)
})

test('rounds that do not match are refused', () => {
  assert.throws(() => ratiosByRound([1, 2], [1]), /Cannot compare 2 rounds with 1/)
})
