import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { startServices } from '../../src/runtime/start-sequence.ts'
import { restartSpec } from '../supervision/specs.ts'
import { isLoud, ONE_TRY, ReloadStage, service } from './reload-stage.ts'

describe('a reload that takes too long', () => {
  test('is undone where an added service waits for one of which nobody knows whether it comes', async () => {
    const slow = service('db', { startTimeoutMs: 600_000 })
    const stage = new ReloadStage([slow])
    stage.hanging = ({ id }) => id === 'db'
    void startServices({ keepers: stage.registry.keepers, clock: stage.clock }).catch(() => undefined)
    await stage.clock.advance(0)
    stage.write([slow, service('mailer', { on: ['db'] })])
    await assert.rejects(stage.within(70, stage.reload({ timeoutMs: 60 })), {
      code: 'MESHRT_RELOAD_FAILED',
      message:
        'Cannot reload: it took longer than 0.06 s, and "mailer" still waits for "db" to be ready; undone: mailer removed again; everything is as it was before',
    })
    assert.deepEqual([[...stage.registry.keepers.keys()], stage.operations.count], [['db'], 0])
  })

  test('because work that runs to its end does not end has that work begin anew as it was', async () => {
    const migrate = (level: string) =>
      service('migrate', { type: 'oneshot', startTimeoutMs: 0, restart: restartSpec({ policy: 'on-failure' }), level })
    const stage = await new ReloadStage([migrate('info'), service('auth')]).start()
    stage.hanging = isLoud
    stage.write([migrate('debug'), service('auth', { level: 'warn' })])
    await assert.rejects(stage.within(70, stage.reload({ timeoutMs: 60 })), {
      message: /longer than 0\.06 s, and "migrate" is not changed yet/,
    })
    assert.deepEqual([stage.alive, stage.keeper('migrate').state], [['auth/0#1 info'], 'completed'])
    stage.clock.assertNoTimers()
  })

  test('takes away services all the same once the rest is done', async () => {
    const stage = await new ReloadStage([service('auth'), service('c'), service('d')]).start()
    const slow = stage.launched.find(({ spec }) => spec.id === 'd')?.worker ?? assert.fail()
    stage.hanging = ({ id }) => id === 'd'
    stage.write([service('auth')])
    const reload = stage.reload({ timeoutMs: 60 })
    await stage.clock.advance(70)
    slow.drained()
    stage.hanging = () => false
    assert.ok((await stage.until(reload)).applied)
    assert.deepEqual([...stage.registry.keepers.keys()], ['auth'])
  })

  test('gives up a worker that is on its way in, be it one more or another', async () => {
    const stage = await new ReloadStage([service('auth', { startTimeoutMs: 60_000 })]).start()
    stage.hanging = isLoud
    stage.write([service('auth', { workers: 2, level: 'debug', startTimeoutMs: 60_000 })])
    const before = stage.clock.nowMs()
    await assert.rejects(stage.within(70, stage.reload({ timeoutMs: 60 })), { message: /longer than 0\.06 s/ })
    assert.deepEqual([stage.alive, stage.keeper('auth').pool.size, stage.clock.nowMs() - before], [['auth/0#1 info'], 1, 70])
    stage.clock.assertNoTimers()
  })

  test('begins no further replacement', async () => {
    const stage = await new ReloadStage([service('auth', { workers: 2 })]).start()
    stage.hanging = isLoud
    stage.write([service('auth', { workers: 2, level: 'debug' })])
    const reload = stage.reload({ timeoutMs: 60 })
    reload.catch(() => undefined)
    await stage.clock.advance(70)
    stage.hanging = () => false
    await assert.rejects(stage.until(reload), {
      message: /longer than 0\.06 s, and "auth" is not changed yet; undone: auth as before; everything/,
    })
    assert.deepEqual(stage.alive, ['auth/0#1 info', 'auth/1#1 info'])
  })
})

test('taking a reload back leaves no worker with the other settings where none served at the time', async () => {
  const stage = new ReloadStage([service('auth', { workers: 2 }), service('web', ONE_TRY)])
  stage.hanging = ({ id }) => id === 'auth' && stage.launched.length === 1
  const starting = startServices({ keepers: stage.registry.keepers, clock: stage.clock })
  await stage.clock.advance(0)
  stage.hanging = () => true
  stage.launched[1]?.worker.becomesReady()
  stage.broken = (spec) => spec.id === 'web' && isLoud(spec)
  stage.launched.find(({ spec }) => spec.id === 'web')?.worker.becomesReady()
  await stage.clock.advance(0)
  assert.equal(stage.keeper('auth').readyCount, 1)
  stage.hanging = () => false
  const launchedBefore = stage.launched.length
  stage.write([service('auth', { workers: 2, level: 'debug' }), service('web', { level: 'debug', on: ['auth'], ...ONE_TRY })])
  await assert.rejects(stage.until(stage.reload()), { code: 'MESHRT_RELOAD_FAILED' })
  await stage.until(starting)
  assert.ok(stage.launched.length > launchedBefore)
  assert.deepEqual(
    stage.alive.map((worker) => worker.replace(/#\d+/, '')),
    ['auth/0 info', 'auth/1 info', 'web/0 info'],
  )
})
