import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { ConfigError } from '../../src/errors/config-error.ts'
import { MeshrtError } from '../../src/errors/meshrt-error.ts'
import type { RuntimeEvent } from '../../src/model/events.ts'
import { formatWorkerId } from '../../src/model/ids.ts'
import { isLoud, ONE_TRY, ReloadStage, service } from './reload-stage.ts'

describe('a reload', () => {
  test('does nothing when the file says what there is', async () => {
    const stage = await new ReloadStage([service('auth')]).start()
    assert.equal((await stage.until(stage.reload())).applied, false)
    assert.deepEqual(stage.alive, ['auth/0#1 info'])
    assert.ok(!stage.types.includes('reload.applied'))
  })

  test('replaces workers by ones with the new settings, adds services that are ready, and removes others last', async () => {
    const stage = await new ReloadStage([service('auth', { workers: 2 }), service('legacy')]).start()
    stage.types.length = 0
    stage.write([service('auth', { workers: 3, level: 'debug', on: ['mailer'] }), service('mailer')])
    assert.ok((await stage.until(stage.reload())).applied)
    assert.deepEqual(stage.alive, ['auth/0#2 debug', 'auth/1#2 debug', 'auth/2#1 debug', 'mailer/0#1 info'])
    const told = stage.types.filter((type) => /^(service|reload|pool|rollout\.fin)/.test(type))
    assert.deepEqual(told, ['reload.planned', 'service.started', 'pool.scaled', 'rollout.finished', 'service.stopped', 'reload.applied'])
    assert.deepEqual([...stage.registry.keepers.keys()], ['auth', 'mailer'])
    assert.equal(stage.current, stage.file)
    stage.clock.assertNoTimers()
  })

  test('leaves the workers alone for what can hold at once, and that holds for those that are there', async () => {
    const stage = await new ReloadStage([service('auth', { health: { ...service('x').health, intervalMs: 1 } })]).start()
    stage.write([service('auth', { shutdownMs: 77 })])
    await stage.until(stage.reload())
    assert.deepEqual(stage.alive, ['auth/0#1 info'])
    assert.deepEqual([stage.keeper('auth').spec.shutdownMs, stage.keeper('auth').spec.health.intervalMs], [77, 5000])
  })

  test('that is a dry run changes nothing', async () => {
    const stage = await new ReloadStage([service('auth')]).start()
    stage.write([service('mailer')])
    const { plan, applied } = await stage.until(stage.reload({ dryRun: true }))
    assert.deepEqual([applied, plan.steps.map(({ kind }) => kind)], [false, ['added', 'removed']])
    assert.deepEqual(stage.alive, ['auth/0#1 info'])
  })

  test('keeps the number of workers that was asked for by hand, unless the file asks for another', async () => {
    const stage = await new ReloadStage([service('auth')]).start()
    await stage.until(stage.keeper('auth').pool.grow(3))
    stage.write([service('auth', { level: 'debug' })])
    await stage.until(stage.reload())
    assert.equal(stage.alive.length, 3)
    stage.write([service('auth', { level: 'debug', workers: 2 })])
    await stage.until(stage.reload())
    assert.deepEqual(stage.alive, ['auth/0#2 debug', 'auth/1#2 debug'])
  })

  test('has a service that comes back go on counting its generations', async () => {
    const stage = await new ReloadStage([service('auth'), service('mailer', { workers: 2 })]).start()
    const both = stage.file
    stage.write([service('auth')])
    await stage.until(stage.reload())
    stage.file = both
    await stage.until(stage.reload())
    assert.deepEqual(stage.alive, ['auth/0#1 info', 'mailer/0#2 info', 'mailer/1#2 info'])
  })
})

describe('a reload that cannot be', () => {
  test('because the file is invalid says every problem, and changes nothing', async () => {
    const stage = await new ReloadStage([service('auth')]).start()
    const problem = { rule: 'r', message: 'Unknown key', path: 'x', file: '/f', line: 2, column: 3, length: 1, sourceLine: 'x' }
    stage.file = ConfigError.of('/f', [problem])
    await assert.rejects(stage.reload(), { code: 'MESHRT_CONFIG_INVALID' })
    const rejected = stage.bus.journal.recent(2)[0]?.event
    assert.ok(rejected?.type === 'reload.rejected')
    assert.deepEqual(rejected.problems, ['/f:2:3: Unknown key'])
    assert.deepEqual(stage.alive, ['auth/0#1 info'])
  })

  test('because a key needs a new start names it, and applies nothing of the rest', async () => {
    const stage = await new ReloadStage([service('auth')]).start()
    stage.write([service('auth', { level: 'debug' })], { server: { hostname: '127.0.0.1', port: 80 } })
    await assert.rejects(stage.reload(), { code: 'MESHRT_RELOAD_NEEDS_RESTART', message: /server\.port \(0 → 80\); nothing was applied/ })
    await assert.rejects(stage.reload({ dryRun: true }), { code: 'MESHRT_RELOAD_NEEDS_RESTART' })
    assert.deepEqual(stage.alive, ['auth/0#1 info'])
  })

  test('because something else goes on is refused, and refuses what comes while it runs', async () => {
    const stage = await new ReloadStage([service('auth'), service('web')]).start()
    stage.write([service('auth', { level: 'debug' }), service('web')])
    const busy = Promise.withResolvers<void>()
    const restart = stage.operations.run(stage.keeper('auth').id, 'restart', () => busy.promise)
    await assert.rejects(stage.reload(), { code: 'MESHRT_BUSY', message: /the restart of "auth" is still running/ })
    busy.resolve()
    await restart
    const reload = stage.reload()
    await assert.rejects(stage.reload(), { code: 'MESHRT_BUSY', message: 'Cannot reload: another reload is still running' })
    await new Promise((resolve) => setImmediate(resolve))
    const other = (id: string) => stage.operations.run(stage.keeper(id).id, 'restart', () => Promise.resolve())
    await assert.rejects(other('auth'), { code: 'MESHRT_BUSY' })
    await other('web')
    assert.ok((await stage.until(reload)).applied)
    stage.isStarting = true
    await assert.rejects(stage.reload(), { code: 'MESHRT_BUSY' })
    stage.isStopping = true
    await assert.rejects(stage.reload(), { code: 'MESHRT_STOPPING' })
  })
})

describe('a reload of which a step fails', () => {
  test('takes back those before it: sizes, settings, and services', async () => {
    const stage = await new ReloadStage([service('auth', { workers: 3 }), service('web', { on: ['auth'], ...ONE_TRY })]).start()
    const before = stage.current
    stage.broken = (spec) => spec.id === 'web' && isLoud(spec)
    stage.write([
      service('auth', { workers: 2, level: 'debug' }),
      service('mailer'),
      service('web', { on: ['auth', 'mailer'], level: 'debug', ...ONE_TRY }),
    ])
    await assert.rejects(stage.until(stage.reload()), (error: Error) => {
      assert.match(error.message, /^Cannot reload: Cannot replace the worker in web\/0: no licence; undone: web as before, mailer removed again, auth as before; everything is as it was before$/) // prettier-ignore
      return true
    })
    assert.deepEqual(stage.alive, ['auth/0#3 info', 'auth/1#3 info', 'auth/2#2 info', 'web/0#1 info'])
    assert.deepEqual([...stage.registry.keepers.keys()], ['auth', 'web'])
    assert.equal(stage.current, before)
    assert.equal(stage.operations.count, 0)
    stage.clock.assertNoTimers()
  })

  test('is undone for a worker of a rollout that fails after others of the same service were replaced', async () => {
    const stage = await new ReloadStage([service('auth', { workers: 2, ...ONE_TRY })]).start()
    stage.broken = (spec) => isLoud(spec) && stage.alive.includes('auth/0#2 debug') && stage.alive.includes('auth/1#2 debug')
    stage.write([service('auth', { workers: 2, level: 'debug', ...ONE_TRY })])
    await assert.rejects(stage.until(stage.reload()), { code: 'MESHRT_RELOAD_FAILED' })
    assert.equal(stage.alive.filter((worker) => worker.endsWith('info')).length, 2)
    assert.equal(stage.keeper('auth').state, 'running')
  })

  test('because an added service does not start leaves nothing of it, and does not stop the runtime whatever its onFailed is', async () => {
    const stage = await new ReloadStage([service('auth')]).start()
    stage.broken = ({ id }) => id === 'mailer'
    stage.write([service('auth'), service('mailer', { ...ONE_TRY, onFailed: 'exit', workers: 2 })])
    await assert.rejects(stage.until(stage.reload()), { message: /"mailer" has failed: no licence; undone: mailer removed again/ })
    assert.deepEqual(stage.alive, ['auth/0#1 info'])
    assert.deepEqual(stage.failed, [])
    stage.clock.assertNoTimers()
  })

  test('because an added service waits for one that will not come says so at once', async () => {
    const stage = new ReloadStage([service('db', ONE_TRY)])
    stage.broken = ({ id }) => id === 'db'
    await stage.start()
    stage.write([service('db', ONE_TRY), service('mailer', { on: ['db'] })])
    await assert.rejects(stage.until(stage.reload()), { message: /"mailer" waits for "db", which is failed/ })
    assert.deepEqual([...stage.registry.keepers.keys()], ['db'])
  })

  test('says what could not be taken back', async () => {
    const stage = await new ReloadStage([service('auth', ONE_TRY), service('web', ONE_TRY)]).start()
    stage.write([service('auth', { level: 'debug', ...ONE_TRY }), service('web', { level: 'debug', ...ONE_TRY })])
    stage.broken = (spec) => (spec.id === 'web' ? isLoud(spec) : !isLoud(spec) && stage.alive.includes('auth/0#2 debug'))
    await assert.rejects(stage.until(stage.reload()), {
      message: /undone: web as before; could not be undone: auth as before: .*no licence/,
    })
  })
})

test('a change of the file that comes while a service is reloaded is carried out afterwards', async () => {
  const stage = await new ReloadStage([service('auth')]).start()
  const busy = Promise.withResolvers<void>()
  stage.onRead = () => {
    stage.onRead = () => {}
    void stage.operations.run(stage.keeper('auth').id, 'reload', () => busy.promise)
  }
  stage.write([service('auth', { level: 'debug' })])
  const change = stage.reloading.onChange()
  await stage.clock.advance(1000)
  assert.deepEqual([stage.alive, stage.types.includes('reload.rejected')], [['auth/0#1 info'], false])
  busy.resolve()
  await stage.within(1000, change)
  assert.deepEqual(stage.alive, ['auth/0#2 debug'])
})

test('a reload tells nothing of what happens to services that are not in its plan', async () => {
  const stage = await new ReloadStage([service('auth'), service('web')]).start()
  stage.write([service('auth', { level: 'debug' }), service('web')])
  const heard: RuntimeEvent[] = []
  const reload = stage.reloading.run({ dryRun: false, timeoutMs: 1000 }, ({ event }) => void heard.push(event))
  const slot = { service: stage.keeper('web').id, slot: 0 }
  stage.bus.emit({ type: 'replacement.started', slot, reason: 'restart' })
  await stage.until(reload)
  const started = heard.filter((event) => event.type === 'replacement.started')
  assert.deepEqual(
    started.map((event) => event.slot.service),
    ['auth'],
  )
  assert.ok(heard.some(({ type }) => type === 'reload.applied'))
})

test('what a removed service leaves behind stays in the books, until it ends after all', async () => {
  const stage = await new ReloadStage([service('auth'), service('legacy')]).start()
  const stuck = stage.launched.find(({ spec }) => spec.id === 'legacy')?.worker ?? assert.fail()
  stuck.immortal = true
  stuck.deaf = true
  stage.write([service('auth')])
  const reload = stage.reload()
  await stage.clock.advance(60_000)
  assert.deepEqual((await stage.until(reload)).abandoned, ['legacy/0#1'])
  assert.deepEqual([...stage.registry.keepers.keys()], ['auth'])
  assert.deepEqual(
    stage.registry.abandoned.map(({ id }) => formatWorkerId(id)),
    ['legacy/0#1'],
  )
  stuck.exits(0)
  assert.deepEqual(stage.registry.abandoned, [])
})

test('a stop supersedes a reload: nothing is launched after it, and nothing undone', async () => {
  const stage = await new ReloadStage([service('auth', { workers: 2 })]).start()
  stage.write([service('mailer'), service('auth', { workers: 2, level: 'debug', on: ['mailer'] })])
  const reload = assert.rejects(stage.reload(), { code: 'MESHRT_STOPPING', message: 'Cannot finish the reload: the runtime is stopping' })
  while (stage.launched.length < 3) await new Promise((resolve) => setImmediate(resolve))
  await stage.stop()
  await stage.until(reload)
  assert.deepEqual(stage.alive, [])
  assert.equal(stage.launched.length, 3)
  stage.clock.assertNoTimers()
})

test('a reload mends what has failed, and what waited for it starts', async () => {
  const stage = new ReloadStage([service('db', { ...ONE_TRY, level: 'debug' }), service('web', { on: ['db'] })])
  stage.broken = isLoud
  await stage.start()
  assert.deepEqual([stage.keeper('db').state, stage.keeper('web').state], ['failed', 'waiting'])
  stage.write([service('db', ONE_TRY), service('web', { on: ['db'] })])
  await stage.until(stage.reload())
  await stage.until(stage.keeper('web').reached('ready'))
  assert.deepEqual(stage.alive, ['db/0#2 info', 'web/0#1 info'])
})

test('a service that waits for another waits for what the file says now, and starts as it says', async () => {
  const stage = new ReloadStage([service('db', ONE_TRY), service('cache'), service('web', { on: ['db'] })])
  stage.broken = ({ id }) => id === 'db'
  await stage.start()
  stage.write([service('db', ONE_TRY), service('cache'), service('web', { on: ['cache'], workers: 2, level: 'debug' })])
  await stage.until(stage.reload())
  await stage.until(stage.keeper('web').reached('ready'))
  assert.deepEqual(stage.alive, ['cache/0#1 info', 'web/0#1 debug', 'web/1#1 debug'])
})

test('a service that was stopped stays stopped, and starts with its new settings', async () => {
  const stage = await new ReloadStage([service('auth'), service('web')]).start()
  await stage.until(stage.keeper('web').pool.stop({ deadlineMs: 1000, idleMs: 0 }))
  stage.write([service('auth'), service('web', { level: 'debug', workers: 2 })])
  await stage.until(stage.reload())
  assert.deepEqual([stage.alive, stage.keeper('web').state], [['auth/0#1 info'], 'stopped'])
  await stage.until(stage.keeper('web').pool.start())
  assert.deepEqual(stage.alive, ['auth/0#1 info', 'web/0#2 debug', 'web/1#1 debug'])
})

test('an error of the file that is no error of its content is passed on as it is', async () => {
  const stage = await new ReloadStage([service('auth')]).start()
  stage.file = new MeshrtError('MESHRT_CONFIG_NOT_FOUND', 'Cannot find /f: no such file')
  await assert.rejects(stage.reload(), { code: 'MESHRT_CONFIG_NOT_FOUND' })
})
