import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClientExchange } from '../../src/mesh/client/exchange.ts'
import { HoldQueue } from '../../src/mesh/client/routing/hold-queue.ts'
import { FakeClock } from '../support/fake-clock.ts'

const CALL = {
  service: 'svc',
  method: 'GET',
  path: '/',
  headers: [],
  body: { kind: 'none' },
  idempotent: true,
  headersTimeoutMs: 0,
  bodyTimeoutMs: 0,
} as const

function held(clock: FakeClock): ClientExchange {
  const ignore = (): void => {}
  const sink = { contextFree: true, started: ignore, headers: () => true, data: () => true, complete: ignore, error: ignore }
  const host = { nowMs: () => clock.nowMs(), onDeadline: ignore, onHoldExpired: ignore, onTimedOut: ignore, onDone: ignore }
  return new ClientExchange({ ...CALL, headers: [] }, sink, host)
}

const carrier = { timedOut: () => {}, release: () => {} }

test('hold: the time of a request that waits again and again is one time, and being worked on is no waiting', async () => {
  const clock = new FakeClock(0)
  const queue = new HoldQueue({ timeMs: 1000, max: 2 })
  const exchange = held(clock)
  assert.ok(queue.add(exchange))
  assert.equal(exchange.deadlineMs, 1000)
  await clock.advance(400)
  assert.deepEqual(queue.takeAll(), [exchange])
  assert.ok(queue.add(exchange))
  assert.equal(exchange.deadlineMs, 1000)
  await clock.advance(100)
  queue.takeAll()
  exchange.sent(carrier, 1)
  await clock.advance(60_000)
  exchange.recall()
  assert.ok(queue.add(exchange))
  assert.equal(exchange.deadlineMs, 60_500 + 500)
  await clock.advance(2000)
  queue.takeAll()
  assert.ok(queue.add(exchange))
  assert.equal(exchange.deadlineMs, clock.nowMs())
})

test('hold: so many requests may wait, and none where there is no time for it', () => {
  const clock = new FakeClock()
  const queue = new HoldQueue({ timeMs: 1000, max: 1 })
  assert.deepEqual([queue.add(held(clock)), queue.add(held(clock)), queue.size], [true, false, 1])
  assert.equal(new HoldQueue({ timeMs: 0, max: 1 }).add(held(clock)), false)
})
