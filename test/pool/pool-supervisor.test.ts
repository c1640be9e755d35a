import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, test } from 'node:test'
import { formatWorkerId } from '../../src/model/ids.ts'
import { serviceSpec } from '../support/specs.ts'
import { createPool } from './create-pool.ts'

describe('PoolSupervisor', () => {
  test('start settles when every slot is ready', async () => {
    const { pool, launcher, clock } = createPool({ workers: 2 })
    const started = pool.start()
    launcher.worker(0).becomesReady()
    launcher.worker(1).becomesReady()
    assert.deepEqual(await started, [{ kind: 'ready' }, { kind: 'ready' }])
    clock.assertNoTimers()
  })

  test('admits a replacement before it drains the old worker', async () => {
    const { pool, launcher, facts, clock } = createPool()
    void pool.start()
    launcher.worker(0).becomesReady()
    await turn()
    facts.length = 0
    const replaced = pool.replace(0, 'restart')
    launcher.worker(1).becomesReady()
    await turn()
    launcher.worker(0).drained()
    assert.deepEqual(await replaced, { kind: 'ready' })
    assert.deepEqual(facts, [
      'replacement.started',
      'worker.launched',
      'join auth/0#2',
      'route auth/0#2',
      'worker.ready',
      'unroute auth/0#1',
      'drain.started',
      'drain.finished',
      'leave auth/0#1',
      'worker.exited',
      'replacement.finished',
    ])
    clock.assertNoTimers()
  })

  test('restarts only the worker that crashed', async () => {
    const { pool, launcher, clock } = createPool({ workers: 3 })
    void pool.start()
    for (const worker of launcher.workers) worker.becomesReady()
    await turn()
    launcher.worker(1).exits(3)
    await clock.advance(100)
    assert.equal(launcher.workers.length, 4)
    assert.equal(formatWorkerId(launcher.worker(3).id), 'auth/1#2')
    assert.deepEqual(
      pool.slots.map((slot) => slot.phase.kind),
      ['ready', 'starting', 'ready'],
    )
    assert.equal(launcher.worker(0).orders.length, 0)
  })

  test('terminates a worker that does not answer to stop, at the deadline', async () => {
    const { pool, launcher, clock } = createPool()
    void pool.start()
    const worker = launcher.worker(0)
    worker.becomesReady()
    await turn()
    worker.deaf = true
    const stopped = pool.stop({ deadlineMs: 5000, idleMs: 1000 })
    await turn()
    worker.drained()
    await clock.advance(5000)
    await stopped
    assert.deepEqual(worker.orders, ['drain', 'stop', 'terminate', 'exited'])
    assert.deepEqual(pool.slots[0]?.lastExit?.exit, { kind: 'killed', reason: 'stop-timeout' })
    clock.assertNoTimers()
  })

  test('a worker that does not answer when it is to drain is ended without waiting for the deadline', async () => {
    const { pool, launcher, clock } = createPool()
    void pool.start()
    const worker = launcher.worker(0)
    worker.becomesReady()
    await turn()
    worker.blocked = true
    await pool.stop({ deadlineMs: 8000, idleMs: 0 })
    assert.deepEqual(worker.orders, ['drain', 'terminate', 'exited'])
    assert.deepEqual(pool.slots[0]?.lastExit?.exit, { kind: 'killed', reason: 'blocked' })
    clock.assertNoTimers()
  })

  for (const holder of ['the runtime', 'the worker'] as const) {
    test(`a worker that does not answer when it is to drain is left its deadline while a debugger of ${holder} may hold it`, async () => {
      const { pool, launcher, clock } = createPool({}, { mayKillBlocked: holder !== 'the runtime' })
      void pool.start()
      const worker = launcher.worker(0)
      worker.becomesReady()
      await turn()
      worker.blocked = true
      worker.inspected = holder === 'the worker'
      const stopped = pool.stop({ deadlineMs: 8000, idleMs: 0 })
      await clock.advance(5000)
      assert.deepEqual(worker.orders, ['drain'])
      worker.drained()
      await stopped
      assert.deepEqual(worker.orders, ['drain', 'stop', 'exited'])
      clock.assertNoTimers()
    })
  }

  test('a worker that has drained and ends before it answers a ping is not taken for blocked', async () => {
    const { pool, launcher } = createPool()
    void pool.start()
    const worker = launcher.worker(0)
    worker.becomesReady()
    await turn()
    worker.closing = true
    worker.drained()
    await pool.stop({ deadlineMs: 8000, idleMs: 0 })
    assert.deepEqual(worker.orders, ['drain', 'stop', 'exited'])
  })

  test('gives up a worker that outlives its termination, and names it until it ends after all', async () => {
    const { pool, launcher, clock, facts } = createPool()
    void pool.start()
    const worker = launcher.worker(0)
    worker.becomesReady()
    await turn()
    worker.immortal = true
    pool.kill(0, 1, 'blocked')
    await clock.advance(2000)
    assert.deepEqual(
      pool.abandoned.map(({ id }) => formatWorkerId(id)),
      ['auth/0#1'],
    )
    assert.ok(facts.includes('worker.abandoned'))
    await clock.advance(100)
    assert.equal(launcher.workers.length, 2)
    worker.exits(1)
    assert.deepEqual(pool.abandoned, [])
  })

  test('an order that comes too late is answered alone: the stop goes on waiting for the worker', async () => {
    const { pool, launcher } = createPool()
    void pool.start()
    launcher.worker(0).becomesReady()
    await turn()
    let stopped = false
    const stop = pool.stop({ deadlineMs: 5000, idleMs: null }).then(() => (stopped = true))
    assert.deepEqual(await pool.replace(0, 'restart'), { kind: 'stopped' })
    await turn()
    assert.equal(stopped, false)
    launcher.worker(0).drained()
    await stop
  })

  test('stays stopped when it is stopped while a restart is pending', async () => {
    const { pool, launcher, clock } = createPool()
    void pool.start()
    launcher.worker(0).becomesReady()
    await turn()
    launcher.worker(0).exits(1)
    await pool.stop({ deadlineMs: 1000, idleMs: 1000 })
    await clock.advance(60_000)
    assert.equal(launcher.workers.length, 1)
    clock.assertNoTimers()
  })

  test('keeps its options for the tenth restart as they were for the first', async () => {
    const { pool, launcher, clock } = createPool({ restart: { ...serviceSpec().restart, maxAttempts: 100, maxPerHour: 100 } })
    const before = JSON.stringify(pool.spec)
    void pool.start()
    for (let i = 0; i < 10; i++) {
      launcher.worker(i).becomesReady()
      await turn()
      launcher.worker(i).exits(1)
      await clock.advance(30_000)
    }
    assert.equal(JSON.stringify(pool.spec), before)
    assert.equal(pool.slots.length, 1)
  })

  test('force ends everything at once and restarts nothing', async () => {
    const { pool, launcher, clock } = createPool({ workers: 2 })
    void pool.start()
    launcher.worker(0).becomesReady()
    await turn()
    pool.force()
    await turn()
    await clock.advance(60_000)
    assert.equal(launcher.workers.length, 2)
    assert.deepEqual(
      pool.slots.map((slot) => slot.phase.kind),
      ['stopped', 'stopped'],
    )
    clock.assertNoTimers()
  })
})
