import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { serviceId } from '../../src/model/ids.ts'
import { Commands } from '../../src/runtime/commands.ts'
import { Operations } from '../../src/runtime/operations.ts'
import { Replacements } from '../../src/runtime/replacements.ts'
import { ScaleCommand } from '../../src/runtime/scale-command.ts'
import { StartStop } from '../../src/runtime/start-stop.ts'
import type { ServiceSpec } from '../../src/model/spec.ts'
import { restartSpec } from '../supervision/specs.ts'
import { keeperOfPuppets } from './keeper.ts'

const NO_LIMITS = { mode: 'start', maxWorkers: Number.POSITIVE_INFINITY } as const

function commandsFor(parts: ReturnType<typeof keeperOfPuppets>) {
  const { keeper, bus, clock, launcher } = parts
  const operations = new Operations()
  const common = {
    keepers: new Map([[keeper.id, keeper]]),
    operations,
    bus,
    clock,
    isStopping: () => false,
    lastLines: () => ['its last line'],
  }
  const startStop = new StartStop({ ...common, dependentsOf: () => [serviceId('gateway')] })
  const commands = new Commands({ ...common, replacements: new Replacements(() => ({ perService: 1, total: 2 }), operations) })
  const scaling = new ScaleCommand({ ...common, limitsOf: () => NO_LIMITS })
  const nobody = (): void => {}
  const target = (slot: number | null) => ({ service: keeper.id, slot })
  return {
    ...parts,
    scaling,
    commands,
    start: (slot: number | null = null) => startStop.start(target(slot), nobody),
    stop: (slot: number | null = null) => startStop.stop(target(slot), nobody),
    restart: (slot: number | null = null) => commands.restart(target(slot), nobody),
    restartHard: (slot: number | null = null) => startStop.restart(target(slot), nobody),
    scale: (workers: number) => scaling.byHand({ service: keeper.id, workers }, nobody),
    /** Every worker does what is expected of it, as often as it takes. */
    settle: async () => {
      for (let n = 0; n < 4; n++) {
        for (const worker of launcher.workers) worker.settles()
        await turn()
      }
    },
    phases: () => keeper.pool.slots.map(({ phase }) => phase.kind),
  }
}

async function running(overrides: Partial<ServiceSpec> = { workers: 2 }) {
  const parts = keeperOfPuppets(overrides)
  const started = parts.keeper.start()
  // None of them has been told yet that it has drained.
  for (const worker of parts.launcher.workers) worker.becomesReady()
  await started
  const types: string[] = []
  parts.bus.journal.listen(({ event }) => types.push(event.type))
  return { ...commandsFor(parts), types }
}

async function settled<T>(operation: Promise<T>, { settle }: { readonly settle: () => Promise<void> }): Promise<T> {
  await settle()
  return operation
}

describe('stop and start of a service', () => {
  test('stop drains every worker, names those that depend on the service, and what is stopped stays so', async () => {
    const rig = await running()
    const stopping = rig.stop()
    await turn()
    assert.deepEqual(
      rig.launcher.workers.map(({ orders }) => orders[0]),
      ['drain', 'drain'],
    )
    assert.equal(rig.keeper.state, 'running', 'it is not called stopped, nor degraded, before its workers are gone')
    const report = await settled(stopping, rig)
    assert.deepEqual(report.stopped.toSorted(), ['auth/0#1', 'auth/1#1'])
    assert.deepEqual([report.killed, report.abandoned, report.cut, report.dependents], [[], [], [], ['gateway']])
    await rig.clock.advance(3_600_000)
    assert.deepEqual([rig.keeper.state, rig.phases(), rig.launcher.workers.length], ['stopped', ['stopped', 'stopped'], 2])
  })

  test('stop tells what was ended by force, and what was cut off', async () => {
    const rig = await running({ workers: 1 })
    rig.launcher.worker(0).deaf = true
    const stopping = rig.stop()
    await turn()
    rig.launcher.worker(0).drained({ requests: 2, upgraded: 0 })
    await rig.clock.advance(60_000)
    const report = await stopping
    assert.deepEqual([report.killed, report.stopped], [['auth/0#1'], []])
    assert.deepEqual(report.cut, [{ worker: 'auth/0#1', requests: 2, upgraded: 0 }])
  })

  test('start brings back every worker as a new generation, and says that the service has started', async () => {
    const rig = await running()
    await settled(rig.stop(), rig)
    const report = await settled(rig.start(), rig)
    assert.deepEqual(
      report.started.map(({ slot, generation }) => `${slot}#${generation}`),
      ['0#2', '1#2'],
    )
    assert.equal(rig.keeper.state, 'running')
    assert.deepEqual(
      rig.types.filter((type) => type.startsWith('service.')),
      ['service.stopped', 'service.started'],
    )
  })

  test('start of what runs starts nothing, stop of what is stopped stops nothing', async () => {
    const rig = await running()
    assert.deepEqual((await settled(rig.start(), rig)).started, [])
    await settled(rig.stop(), rig)
    assert.deepEqual((await rig.stop()).stopped, [])
  })

  test('a hard restart ends all workers at once, whatever they have under way, and starts others', async () => {
    const rig = await running()
    const restarting = rig.restartHard()
    // No drain is answered; only its deadline, which is now, can end it.
    for (let n = 0; n < 6; n++) await rig.clock.advance(1)
    assert.ok(rig.launcher.workers.slice(0, 2).every(({ isAlive }) => !isAlive))
    const report = await settled(restarting, rig)
    assert.deepEqual(
      report.replaced.map(({ slot, generation }) => `${slot}#${generation}`),
      ['0#2', '1#2'],
    )
    assert.equal(rig.keeper.state, 'running')
  })

  test('a hard restart of one worker leaves the others alone', async () => {
    const rig = await running()
    const restarting = rig.restartHard(1)
    for (let n = 0; n < 6; n++) await rig.clock.advance(1)
    assert.deepEqual(
      rig.launcher.workers.slice(0, 2).map(({ isAlive }) => isAlive),
      [true, false],
    )
    assert.deepEqual((await settled(restarting, rig)).replaced, [{ service: rig.keeper.id, slot: 1, generation: 2 }])
  })

  test('a start that fails says why, with the last lines of the worker', async () => {
    const rig = await running({ workers: 1, restart: restartSpec({ startAttempts: 1 }) })
    await settled(rig.stop(), rig)
    const starting = rig.start()
    await turn()
    rig.launcher.worker(1).failsToLoad(new Error('no licence'))
    await assert.rejects(starting, (error: Error & { code: string }) => {
      assert.equal(error.code, 'MESHRT_START_FAILED')
      assert.match(error.message, /Cannot start "auth": auth\/0#2 failed: no licence/)
      assert.match((error.cause as Error).message, /its last line/)
      return true
    })
  })

  test('what waits for others is not led around that by a start, also when it was stopped meanwhile', async () => {
    const rig = commandsFor(keeperOfPuppets({ workers: 1 }))
    const { keeper } = rig
    const waitFor = keeper.beginWait()
    waitFor([{ service: serviceId('db'), condition: 'ready' }])
    await assert.rejects(rig.start(), { code: 'MESHRT_NOT_STARTED', message: /it waits for db to be ready/ })
    await rig.stop()
    assert.equal(keeper.state, 'stopped')
    await assert.rejects(rig.start(), { code: 'MESHRT_NOT_STARTED' })
    assert.equal(keeper.state, 'waiting', 'it will start by itself')
    await rig.stop()
    waitFor([])
    await keeper.start()
    assert.deepEqual([keeper.state, rig.launcher.workers.length], ['stopped', 0], 'what it waited for has come, but it is stopped')
    await settled(rig.start(), rig)
    assert.equal(keeper.state, 'running')
  })

  test('a stop and a restart exclude each other', async () => {
    const rig = await running()
    const restarting = rig.restart()
    await assert.rejects(rig.stop(), { code: 'MESHRT_BUSY' })
    await assert.rejects(rig.stop(1), { code: 'MESHRT_BUSY' })
    await settled(restarting, rig)
    const stopping = rig.stop()
    await assert.rejects(rig.restart(), { code: 'MESHRT_BUSY' })
    await assert.rejects(rig.start(), { code: 'MESHRT_BUSY' })
    await settled(stopping, rig)
    assert.equal(rig.keeper.state, 'stopped')
  })
})

describe('stop and start of one slot', () => {
  test('a stopped slot stays stopped while its siblings serve, and READY counts it', async () => {
    const rig = await running()
    const report = await settled(rig.stop(1), rig)
    assert.deepEqual([report.stopped, report.dependents], [['auth/1#1'], []])
    await rig.clock.advance(3_600_000)
    assert.deepEqual([rig.phases(), rig.keeper.state], [['ready', 'stopped'], 'degraded'])
    assert.deepEqual([rig.keeper.readyCount, rig.keeper.pool.size], [1, 2])
    assert.deepEqual(
      (await settled(rig.start(1), rig)).started.map(({ slot }) => slot),
      [1],
    )
    assert.equal(rig.keeper.state, 'running')
  })

  test('a service whose slots are all stopped is stopped, and one of them can be started alone', async () => {
    const rig = await running()
    await settled(rig.stop(0), rig)
    assert.deepEqual((await settled(rig.stop(1), rig)).dependents, ['gateway'])
    assert.equal(rig.keeper.state, 'stopped')
    await settled(rig.stop(), rig)
    await settled(rig.start(1), rig)
    assert.deepEqual([rig.phases(), rig.keeper.state], [['stopped', 'ready'], 'degraded'])
  })

  test('a slot that is not there is refused', async () => {
    const rig = await running()
    await assert.rejects(rig.stop(7), { code: 'MESHRT_UNKNOWN_WORKER' })
  })
})

describe('what ends the rest of a stopped slot', () => {
  test('restart and scale by hand do', async () => {
    const rig = await running()
    await settled(rig.stop(), rig)
    await settled(rig.restart(), rig)
    assert.deepEqual(rig.phases(), ['ready', 'ready'])
    await settled(rig.stop(), rig)
    assert.deepEqual(await settled(rig.scale(3), rig).then(({ from, to }) => [from, to]), [2, 3])
    assert.deepEqual(rig.phases(), ['ready', 'ready', 'ready'])
    await settled(rig.stop(), rig)
    await settled(rig.scale(1), rig)
    assert.deepEqual([rig.phases(), rig.keeper.state], [['ready'], 'running'])
  })

  test('the load and a changed file do not', async () => {
    const rig = await running()
    await settled(rig.stop(1), rig)
    await settled(rig.scaling.automatically(rig.keeper.id, { workers: 3, reason: 'load' }), rig)
    assert.deepEqual(rig.phases(), ['ready', 'stopped', 'ready'])
    await settled(rig.commands.reload(rig.keeper.id), rig)
    assert.deepEqual(
      rig.keeper.pool.slots.map(({ generation }) => generation),
      [2, 1, 2],
    )
    await settled(rig.stop(), rig)
    await settled(rig.commands.reload(rig.keeper.id), rig)
    assert.equal(rig.keeper.state, 'stopped')
  })
})
