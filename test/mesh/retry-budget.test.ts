import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NO_REQUESTS, withdrawRetry, withRequests } from '../../src/mesh/retry-budget.ts'

function drain(budget = NO_REQUESTS, spec = { budget: 0.2, minPerSecond: 0 }, nowMs = 0): number {
  let count = 0
  for (let left = withdrawRetry(budget, spec, nowMs); left !== null; left = withdrawRetry(left, spec, nowMs)) count++
  return count
}

test('retry-budget allows a share of the requests, and the minimum whatever the traffic', () => {
  assert.equal(drain(), 0)
  assert.equal(drain(withRequests(NO_REQUESTS, 100, 0)), 20)
  assert.equal(drain(NO_REQUESTS, { budget: 0.2, minPerSecond: 1 }), 10)
  assert.equal(drain(withRequests(NO_REQUESTS, 100, 0), { budget: 0.2, minPerSecond: 1 }), 30)
  assert.equal(drain(withRequests(NO_REQUESTS, 100, 0), { budget: 0, minPerSecond: 0 }), 0)
})

test('retry-budget forgets what is older than ten seconds', () => {
  const budget = withRequests(NO_REQUESTS, 100, 500)
  assert.equal(drain(budget, undefined, 9_999), 20)
  assert.equal(drain(budget, undefined, 10_000), 0)
})

test('retry-budget never allows more than its share within its window, for any sequence of requests and retries', () => {
  const step = fc.record({ afterMs: fc.nat(4_000), requests: fc.nat(50), retries: fc.nat(50) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(5), (steps, share, minPerSecond) => {
      let budget = NO_REQUESTS
      let nowMs = 0
      const log: { second: number; requests: number; retries: number }[] = []
      for (const { afterMs, requests, retries } of steps) {
        nowMs += afterMs
        budget = withRequests(budget, requests, nowMs)
        const entry = { second: Math.floor(nowMs / 1000), requests, retries: 0 }
        log.push(entry)
        for (let i = 0; i < retries; i++) {
          const left = withdrawRetry(budget, { budget: share, minPerSecond }, nowMs)
          if (left === null) continue
          budget = left
          entry.retries++
        }
        const window = log.filter(({ second }) => second > entry.second - 10)
        const sum = (key: 'requests' | 'retries') => window.reduce((total, one) => total + one[key], 0)
        assert.ok(entry.retries === 0 || sum('retries') <= share * sum('requests') + 10 * minPerSecond)
        assert.ok(budget.seconds.length <= 10)
      }
    }),
  )
})
