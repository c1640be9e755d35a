import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, test } from 'node:test'
import { formatWorkerId } from '../../src/model/ids.ts'
import type { RolloutSpec } from '../../src/model/spec.ts'
import { Operations } from '../../src/runtime/operations.ts'
import { Commands } from '../../src/runtime/commands.ts'
import { Replacements } from '../../src/runtime/replacements.ts'
import { runningKeeper } from './keeper.ts'

async function setUp(workers: number, rollout: Partial<RolloutSpec> = {}) {
  const parts = await runningKeeper({ workers, rollout: { maxSurge: 1, maxUnavailable: 0, settleMs: 0, ...rollout } })
  const { keeper, bus, clock, launcher } = parts
  const operations = new Operations()
  let stopping = false
  const commands = new Commands({
    keepers: new Map([[keeper.id, keeper]]),
    operations,
    replacements: new Replacements({ perService: 1, total: 2 }, operations),
    bus,
    clock,
    isStopping: () => stopping,
    lastLines: (worker) => [`said by ${formatWorkerId(worker)}`],
  })
  const restart = (slot: number | null = null) => commands.restart({ service: keeper.id, slot }, () => {})
  const settle = async (): Promise<void> => {
    for (const worker of launcher.workers) worker.settles()
    await turn()
  }
  const generations = () => keeper.pool.slots.map(({ generation }) => generation)
  const stop = (): Promise<void> => {
    stopping = true
    return keeper.pool.stop({ deadlineMs: 5000, idleMs: null })
  }
  return { ...parts, restart, stop, settle, generations }
}

describe('a rollout', () => {
  test('replaces each worker exactly once, with as many on top as maxSurge allows', async () => {
    const { restart, launcher, generations, types, settle } = await setUp(5, { maxSurge: 2 })
    const restarted = restart()
    let most = 0
    while (types.at(-1) !== 'command.finished') {
      most = Math.max(most, launcher.workers.filter(({ isAlive }) => isAlive).length)
      await settle()
    }
    assert.equal((await restarted).replaced.length, 5)
    assert.deepEqual(generations(), [2, 2, 2, 2, 2])
    assert.equal(most, 7)
    assert.equal(types.filter((type) => type === 'rollout.progressed').length, 5)
  })

  test('with maxSurge 0 never has a worker too many', async () => {
    const { restart, launcher, generations, types, settle } = await setUp(3, { maxSurge: 0, maxUnavailable: 1 })
    const restarted = restart()
    while (types.at(-1) !== 'command.finished') {
      assert.ok(launcher.workers.filter(({ isAlive }) => isAlive).length <= 3)
      await settle()
    }
    await restarted
    assert.deepEqual(generations(), [2, 2, 2])
  })

  test('stops at the first failure, tells it with the last lines, and leaves the others alone', async () => {
    const { restart, launcher, generations, keeper } = await setUp(3)
    const restarted = restart()
    launcher.worker(3).failsToLoad(new Error('no licence'))
    await assert.rejects(restarted, (error: Error & { code: string }) => {
      assert.equal(error.code, 'MESHRT_RESTART_FAILED')
      assert.match(error.message, /Cannot replace the worker in auth\/0: no licence/)
      const lines = error.cause as Error
      assert.match(lines.message, /auth\/0#2 wrote at last:\n {2}said by auth\/0#2/)
      assert.equal((lines.cause as Error).message, 'no licence')
      return true
    })
    assert.deepEqual(generations(), [2, 1, 1], 'only the discarded one was launched')
    assert.equal(keeper.state, 'running')
  })

  test('begins nothing once the runtime is stopping', async () => {
    const { restart, stop, launcher, clock, types } = await setUp(3, { maxSurge: 0, maxUnavailable: 1 })
    // It waits for this one to come back before it touches another.
    launcher.worker(2).exits(1)
    const restarted = assert.rejects(restart(0), /it is being stopped/)
    await turn()
    await Promise.all([stop(), restarted])
    assert.ok(!types.includes('worker.launched'))
    clock.assertNoTimers()
  })

  test('survives a crash of a worker that is still to be replaced', async () => {
    const { restart, launcher, clock, generations, types, settle } = await setUp(3)
    const restarted = restart()
    launcher.worker(2).exits(1)
    await clock.advance(500)
    while (types.at(-1) !== 'command.finished') await settle()
    await restarted
    assert.deepEqual(generations().slice(0, 2), [2, 2])
    assert.ok((generations()[2] ?? 0) >= 2)
  })

  test('with maxSurge 0 waits until a crashed sibling is back', async () => {
    const { restart, launcher, clock, generations, types, settle } = await setUp(2, { maxSurge: 0, maxUnavailable: 1 })
    launcher.worker(0).exits(1)
    const restarted = restart(1)
    await turn()
    assert.deepEqual(generations(), [1, 1], 'the only one that serves is left alone')
    await clock.advance(200)
    while (types.at(-1) !== 'command.finished') await settle()
    await restarted
    assert.deepEqual(generations(), [2, 2])
  })

  test('with maxSurge 0 gives up when a crashed sibling does not come back', async () => {
    const { restart, launcher, clock, keeper } = await setUp(2, { maxSurge: 0, maxUnavailable: 1 })
    launcher.worker(0).exits(1)
    const failed = assert.rejects(restart(1), /auth\/1: too many of its siblings are down/)
    await clock.advance(30_500)
    await failed
    assert.equal(keeper.state, 'degraded')
  })

  test('of the same service joins the one that runs, and both get the same report', async () => {
    const { restart, generations, types, settle } = await setUp(2)
    const first = restart()
    const second = restart()
    const single = restart(1)
    await assert.rejects(single, {
      code: 'MESHRT_BUSY',
      message: 'Cannot begin the restart of worker 1 of "auth": its restart is still running',
    })
    while (types.filter((type) => type === 'command.finished').length < 3) await settle()
    const [one, two] = await Promise.all([first, second])
    assert.deepEqual(one.replaced, two.replaced)
    assert.deepEqual(generations(), [2, 2])
  })

  test('is superseded by a stop', async () => {
    const { restart, keeper, launcher, settle } = await setUp(2)
    const restarted = assert.rejects(restart(), /it is being stopped/)
    const stopped = keeper.stop({ deadlineMs: 1000, idleMs: 0 })
    for (const worker of launcher.workers) worker.drained()
    await settle()
    await Promise.all([restarted, stopped])
    assert.ok(launcher.workers.every(({ isAlive }) => !isAlive))
    assert.equal(launcher.workers.length, 3, 'nothing was launched after the stop')
  })

  test('starts the workers of a service that was stopped', async () => {
    const { restart, keeper, launcher, types, settle } = await setUp(2)
    const stopped = keeper.pool.stop({ deadlineMs: 1000, idleMs: 0 })
    await settle()
    await stopped
    const restarted = restart()
    while (types.at(-1) !== 'command.finished') await settle()
    assert.equal((await restarted).replaced.length, 2)
    assert.equal(launcher.workers.filter(({ isAlive }) => isAlive).length, 2)
  })
})
