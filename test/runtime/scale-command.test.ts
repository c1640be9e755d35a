import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, test } from 'node:test'
import { serviceId } from '../../src/model/ids.ts'
import type { ServiceSpec } from '../../src/model/spec.ts'
import { Operations } from '../../src/runtime/operations.ts'
import { ScaleCommand } from '../../src/runtime/scale-command.ts'
import type { ScaleLimits } from '../../src/supervision/scale-refusal.ts'
import { keeperOfPuppets, runningKeeper } from './keeper.ts'

const NO_LIMITS: ScaleLimits = { mode: 'start', maxWorkers: Number.POSITIVE_INFINITY }

async function setUp(overrides: Partial<ServiceSpec> = {}) {
  const parts = await runningKeeper({ workers: 2, ...overrides })
  const { keeper, bus, clock, launcher } = parts
  const operations = new Operations()
  const scaling = new ScaleCommand({
    keepers: new Map([[keeper.id, keeper]]),
    operations,
    bus,
    clock,
    isStopping: () => false,
    lastLines: () => [],
    limitsOf: () => NO_LIMITS,
  })
  const scale = (workers: number) => scaling.byHand({ service: keeper.id, workers }, () => {})
  const settle = async (): Promise<void> => {
    await turn()
    for (const worker of launcher.workers) worker.settles()
    await turn()
  }
  return { ...parts, operations, scaling, scale, settle }
}

describe('ScaleCommand', () => {
  test('tells what it does, and that is no trouble of the service', async () => {
    const { scale, settle, types, keeper } = await setUp()
    const grown = scale(4)
    await settle()
    assert.deepEqual(await grown, { service: 'auth', from: 2, to: 4, tookMs: 0 })
    const shrunk = scale(1)
    await settle()
    await shrunk
    assert.equal(keeper.state, 'running')
    assert.deepEqual(
      types.filter((type) => /^(?:service|scaling|pool)/.test(type)),
      ['scaling.started', 'pool.scaled', 'scaling.started', 'pool.scaled'],
    )
  })

  test('does nothing for the number that there is', async () => {
    const { scale, types } = await setUp()
    assert.deepEqual(await scale(2), { service: 'auth', from: 2, to: 2, tookMs: 0 })
    assert.deepEqual(types, ['command.received', 'command.finished'])
  })

  test('keeps the workers that work when another does not start, and says why', async () => {
    const { scale, launcher, keeper, types } = await setUp()
    const grown = scale(4)
    launcher.worker(2).becomesReady()
    launcher.worker(3).failsToLoad(new Error('no licence'))
    await assert.rejects(grown, { code: 'MESHRT_SCALE_FAILED', message: 'Cannot scale "auth" to 4: no licence; it has 3 now' })
    assert.equal(keeper.readyCount, 3)
    assert.ok(types.includes('pool.scaled') && types.includes('scaling.failed'))
  })

  test('joins the same change, and refuses another one, or a rollout meanwhile', async () => {
    const { scale, settle, operations, keeper, launcher } = await setUp()
    const both = Promise.all([scale(3), scale(3)])
    await assert.rejects(scale(4), { code: 'MESHRT_BUSY' })
    await assert.rejects(
      operations.run(keeper.id, 'restart', () => Promise.resolve()),
      { code: 'MESHRT_BUSY' },
    )
    await settle()
    assert.deepEqual(
      (await both).map(({ to }) => to),
      [3, 3],
    )
    assert.equal(launcher.workers.length, 3)
  })

  test('refuses a service that is not there, and a number that cannot be', async () => {
    const { scaling, scale, launcher } = await setUp()
    await assert.rejects(
      scaling.byHand({ service: serviceId('nobody'), workers: 2 }, () => {}),
      { code: 'MESHRT_UNKNOWN_SERVICE' },
    )
    await assert.rejects(scale(0), { code: 'MESHRT_SCALE_REFUSED' })
    assert.equal(launcher.workers.length, 2)
  })

  test('refuses a service that waits for others', async () => {
    const { keeper, clock, bus } = keeperOfPuppets({ workers: 2 })
    keeper.waitFor([{ service: serviceId('db'), condition: 'ready' }])
    const scaling = new ScaleCommand({
      keepers: new Map([[keeper.id, keeper]]),
      operations: new Operations(),
      bus,
      clock,
      isStopping: () => false,
      lastLines: () => [],
      limitsOf: () => NO_LIMITS,
    })
    const asked = scaling.byHand({ service: keeper.id, workers: 3 }, () => {})
    await assert.rejects(asked, { message: 'Cannot scale "auth" to 3: it is waiting' })
  })
})
