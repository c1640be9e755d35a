import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { formatWorkerId } from '../../src/model/ids.ts'
import { serviceSpec } from '../support/specs.ts'
import { createPool } from './create-pool.ts'

const TERMS = { deadlineMs: 5000, idleMs: null }

async function running(workers: number) {
  const parts = createPool({ workers })
  void parts.pool.start()
  for (const worker of parts.launcher.workers) worker.becomesReady()
  await turn()
  parts.facts.length = 0
  return parts
}

describe('PoolSupervisor.grow', () => {
  test('launches, and routes each new worker when it is ready', async () => {
    const { pool, launcher, facts, clock } = await running(1)
    const grown = pool.grow(3)
    assert.equal(pool.size, 3)
    assert.equal(pool.members.length, 1, 'new slots do not count before they are ready')
    launcher.worker(2).becomesReady()
    await turn()
    assert.deepEqual(
      pool.members.map(({ id }) => id.slot),
      [0, 2],
    )
    launcher.worker(1).becomesReady()
    const outcomes = (await grown).map(({ outcome }) => outcome.kind)
    assert.deepEqual(outcomes, ['ready', 'ready'])
    assert.ok(facts.indexOf('route auth/2#1') < facts.indexOf('route auth/1#1'))
    assert.equal(pool.members.length, 3)
    clock.assertNoTimers()
  })

  test('gives up a new worker at its first failure, and removes its slot', async () => {
    const { pool, launcher, clock } = await running(1)
    const grown = pool.grow(3)
    launcher.worker(1).becomesReady()
    launcher.worker(2).failsToLoad(new Error('no database'))
    const joined = await grown
    assert.deepEqual(joined[1], {
      worker: { service: 'auth', slot: 2, generation: 1 },
      outcome: { kind: 'failed', error: { ...failure(joined[1]?.outcome), message: 'no database' } },
    })
    assert.equal(pool.slots.length, 2)
    assert.equal(pool.size, 2)
    assert.equal(launcher.workers.length, 3, 'not tried again')
    await clock.advance(120_000)
    assert.equal(launcher.workers.length, 3, 'nor probed')
    clock.assertNoTimers()
  })

  test('keeps a failed slot below one that works, so that the slots have no gap', async () => {
    const { pool, launcher } = await running(1)
    const grown = pool.grow(3)
    launcher.worker(1).failsToLoad(new Error('no database'))
    launcher.worker(2).becomesReady()
    await grown
    assert.deepEqual(
      pool.slots.map(({ phase }) => phase.kind),
      ['ready', 'quarantined', 'ready'],
    )
  })

  test('is superseded by a stop', async () => {
    const { pool, launcher, clock } = await running(1)
    const grown = pool.grow(2)
    await Promise.all([pool.stop({ ...TERMS, deadlineMs: 10 }), turn().then(() => launcher.worker(0).drained())])
    const outcomes = (await grown).map(({ outcome }) => outcome.kind)
    assert.deepEqual(outcomes, ['stopped'])
    clock.assertNoTimers()
  })

  test('starts slots again that were stopped, where that is asked for', async () => {
    const { pool, launcher } = await running(1)
    const stopped = pool.stop(TERMS)
    await turn()
    launcher.worker(0).drained()
    await stopped
    assert.deepEqual(await pool.grow(1, { stopped: 'leave' }), [])
    const grown = pool.grow(1, { stopped: 'start' })
    launcher.worker(1).becomesReady()
    assert.deepEqual(
      (await grown).map(({ outcome }) => outcome.kind),
      ['ready'],
    )
  })
})

describe('PoolSupervisor.shrink', () => {
  test('drains the newest workers, and removes a slot when its worker is gone', async () => {
    const { pool, launcher, facts, clock } = await running(3)
    const shrunk = pool.shrink(1, TERMS)
    assert.equal(pool.size, 1)
    assert.deepEqual(
      pool.members.map(({ id }) => id.slot),
      [0],
      'what is on its way out is no loss',
    )
    await turn()
    assert.deepEqual(facts.slice(0, 2), ['unroute auth/2#1', 'unroute auth/1#1'])
    launcher.worker(1).drained()
    await turn()
    assert.equal(pool.slots.length, 3, 'no gap: the newest is still there')
    launcher.worker(2).drained()
    await shrunk
    assert.deepEqual(
      pool.slots.map(({ id }) => id.slot),
      [0],
    )
    assert.deepEqual(launcher.worker(0).orders, [])
    clock.assertNoTimers()
  })

  test('lets a slot that comes back go on counting its generations', async () => {
    const { pool, launcher } = await running(2)
    const shrunk = pool.shrink(1, TERMS)
    await turn()
    launcher.worker(1).drained()
    await shrunk
    const grown = pool.grow(2)
    launcher.worker(2).becomesReady()
    await grown
    assert.equal(formatWorkerId(launcher.worker(2).id), 'auth/1#2')
    assert.equal(pool.slots[1]?.restarts, 0)
  })

  test('ends a slot that waits to be restarted at once', async () => {
    const { pool, launcher, clock } = await running(2)
    launcher.worker(1).exits(1)
    await pool.shrink(1, TERMS)
    await clock.advance(60_000)
    assert.equal(launcher.workers.length, 2)
    clock.assertNoTimers()
  })
})

test('after any number of changes the slots are 0 to n-1, with one live worker each and nothing left over', async () => {
  const change = fc.record({ size: fc.integer({ min: 1, max: 6 }), crash: fc.option(fc.nat(5)) })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 8 }), async (changes) => {
      const { pool, launcher, clock } = await running(2)
      for (const { size, crash } of changes) {
        const changed = size < pool.size ? pool.shrink(size, TERMS) : pool.grow(size)
        for (const worker of launcher.workers) worker.settles()
        await turn()
        for (const worker of launcher.workers) worker.settles()
        await changed
        const victim = launcher.workers.findLast(({ id, isAlive }) => isAlive && id.slot === crash)
        // It comes back at once: left alone until its start times out, it would earn itself longer and longer delays.
        const back = victim && launcher.next().then((worker) => worker.becomesReady())
        victim?.exits(1)
        await clock.advance(40_000)
        await back
        assert.deepEqual(
          pool.slots.map(({ id }) => id.slot),
          Array.from({ length: size }, (_, slot) => slot),
        )
        assert.ok(pool.slots.every(({ phase }) => phase.kind === 'ready'))
        assert.equal(launcher.workers.filter(({ isAlive }) => isAlive).length, size)
        clock.assertNoTimers()
      }
    }),
    { numRuns: 60, examples: [[Array.from({ length: 8 }, () => ({ size: 1, crash: 0 }))]] },
  )
})

test('a pool hands the worker of a rollout its connections when it is routed, and discards one that does not take them', async () => {
  const { pool, launcher, facts, clock } = createPool({ rollout: { ...serviceSpec().rollout, settleMs: 1000 } })
  void pool.start()
  launcher.worker(0).becomesReady()
  await turn()
  assert.deepEqual(launcher.worker(0).orders, [])
  const replaced = pool.replace(0, 'restart')
  launcher.worker(1).becomesReady()
  await turn()
  assert.ok(!facts.includes('route auth/0#2'))
  launcher.worker(1).refusesToAccept = true
  await clock.advance(1000)
  assert.deepEqual(launcher.worker(1).orders, ['accept', 'terminate', 'exited'])
  assert.equal((await replaced).kind, 'failed')
  assert.equal(pool.slots[0]?.phase.kind, 'ready')
})

function failure(outcome: { readonly kind: string } | undefined): object {
  return outcome && 'error' in outcome ? (outcome.error as object) : {}
}
