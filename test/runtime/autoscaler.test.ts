import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RuntimeEvent } from '../../src/model/events.ts'
import { serviceId } from '../../src/model/ids.ts'
import { Autoscaler, type ScaledService } from '../../src/runtime/autoscaler.ts'
import { FakeClock } from '../support/fake-clock.ts'

const MB = 1024 * 1024
const id = serviceId('auth')

function setUp() {
  const clock = new FakeClock()
  const events: RuntimeEvent[] = []
  const orders: string[] = []
  const world = { workers: 1, isSteady: true, elu: 0.9, freeBytes: 1000 * MB, fails: false, asked: 0 }
  const service = (): ScaledService => ({
    id,
    spec: { min: 1, max: 4, targetELU: 0.7, tolerance: 0.1, stabiliseMs: 30_000, cooldownMs: 20_000 },
    workers: world.workers,
    isSteady: world.isSteady,
    lost: 0,
    elus: Array.from({ length: world.workers }, () => world.elu),
    workerBytes: 50 * MB,
  })
  const scaler = new Autoscaler({
    clock,
    emit: (event) => void events.push(event),
    services: () => [service()],
    scale: (_service, { workers, reason }) => {
      orders.push(`${world.workers} → ${workers} (${reason})`)
      if (world.fails) return Promise.reject(new Error('no'))
      world.workers = workers
      return Promise.resolve()
    },
    memory: () => {
      world.asked++
      return Promise.resolve({ freeBytes: world.freeBytes, totalBytes: 1000 * MB })
    },
  })
  scaler.start()
  return { clock, events, orders, world, scaler }
}

describe('Autoscaler', () => {
  test('adds a worker under load with the reason for it, and removes it when it was idle for long enough', async () => {
    const { clock, orders, world, scaler } = setUp()
    await clock.advance(6000)
    world.elu = 0.5
    await clock.advance(30_000)
    world.elu = 0.05
    await clock.advance(50_000)
    assert.deepEqual(orders, ['1 → 2 (elu 0.90 of 1, target 0.70)', '2 → 1 (elu 0.05 of 2, target 0.70; 1 enough for 30 s)'])
    scaler.close()
    clock.assertNoTimers()
  })

  test('judges nothing while an operation runs, and nothing of what was measured meanwhile', async () => {
    const { clock, orders, world, scaler } = setUp()
    await clock.advance(4000)
    world.isSteady = false
    await clock.advance(60_000)
    assert.deepEqual(orders, [])
    world.isSteady = true
    world.elu = 0.7
    await clock.advance(60_000)
    assert.deepEqual(orders, [])
    scaler.close()
  })

  test('takes a change by hand as a change: cooldown, and no undoing before the time is over', async () => {
    const { clock, orders, world, scaler } = setUp()
    world.elu = 0.1
    await clock.advance(60_000)
    world.workers = 3
    await clock.advance(29_000)
    assert.deepEqual(orders, [])
    await clock.advance(10_000)
    assert.equal(orders.length, 1)
    scaler.close()
  })

  test('refuses workers that do not fit into memory, and says so once', async () => {
    const { clock, events, orders, world, scaler } = setUp()
    world.freeBytes = 120 * MB
    await clock.advance(60_000)
    assert.deepEqual(orders, [])
    assert.ok(world.asked > 1, 'it looks again')
    assert.deepEqual(events, [
      {
        type: 'scaling.limited',
        service: id,
        workers: 1,
        asked: 2,
        reason: 'a worker takes about 50 MB; 120 MB of 1000 MB are free, of which 100 MB stay so',
      },
    ])
    world.freeBytes = 500 * MB
    await clock.advance(2000)
    assert.equal(orders.length, 1)
    scaler.close()
  })

  test('says once that max is reached, and again after it was not', async () => {
    const { clock, events, world, scaler } = setUp()
    world.workers = 4
    await clock.advance(60_000)
    assert.deepEqual(
      events.map((event) => event.type),
      ['scaling.limited'],
    )
    world.elu = 0.7
    await clock.advance(20_000)
    world.elu = 1
    await clock.advance(20_000)
    assert.equal(events.length, 2)
    scaler.close()
  })

  test('waits for its cooldown after an order that failed', async () => {
    const { clock, orders, world, scaler } = setUp()
    world.fails = true
    await clock.advance(20_000)
    assert.equal(orders.length, 1)
    await clock.advance(10_000)
    assert.equal(orders.length, 2)
    scaler.close()
  })

  test('does nothing more once it is closed, not even when the memory has been measured by then', async () => {
    const { clock, orders, scaler } = setUp()
    await clock.advance(4000)
    const advancing = clock.advance(1000)
    scaler.close()
    await advancing
    assert.deepEqual(orders, [])
    clock.assertNoTimers()
  })
})
