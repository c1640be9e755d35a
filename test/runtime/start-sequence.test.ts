import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { serviceId, type ServiceId } from '../../src/model/ids.ts'
import { START_CONDITIONS, type Dependency, type ServiceSpec } from '../../src/model/spec.ts'
import { PoolSupervisor } from '../../src/pool/pool-supervisor.ts'
import { ServiceKeeper } from '../../src/runtime/service-keeper.ts'
import { startServices } from '../../src/runtime/start-sequence.ts'
import { PuppetLauncher } from '../pool/puppet-launcher.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { serviceSpec } from '../support/specs.ts'

/** Services whose workers do what the test says. */
class Stage {
  readonly clock = new FakeClock()
  readonly launchers = new Map<ServiceId, PuppetLauncher>()
  readonly keepers: ReadonlyMap<ServiceId, ServiceKeeper>

  constructor(specs: readonly ServiceSpec[]) {
    this.keepers = new Map(specs.map((spec) => [spec.id, this.#keeper(spec)]))
  }

  get launched(): readonly string[] {
    return [...this.launchers].flatMap(([id, launcher]) => (launcher.workers.length > 0 ? [id] : []))
  }

  worker(id: string) {
    return this.launchers.get(serviceId(id))?.workers.at(-1) ?? assert.fail(`${id} has no worker`)
  }

  keeper(id: string): ServiceKeeper {
    return this.keepers.get(serviceId(id)) ?? assert.fail(`no service ${id}`)
  }

  #keeper(spec: ServiceSpec): ServiceKeeper {
    const launcher = new PuppetLauncher()
    this.launchers.set(spec.id, launcher)
    const { clock } = this
    const routing = {
      join: () => {},
      leave: () => {},
      route: () => Promise.resolve(),
      unroute: () => Promise.resolve(),
      receive: () => {},
    }
    const options = { id: spec.id, clock, emit: () => {}, onFailed: () => {}, onState: () => {} }
    return new ServiceKeeper(options, (onChange) => {
      const nothing = { emit: () => {}, onOutput: () => {}, onFiles: () => {}, mayKillBlocked: () => true }
      return new PoolSupervisor({ spec, launcher, routing, clock, random: () => 0.5, onChange, ...nothing })
    })
  }
}

const ONCE = { ...serviceSpec().restart, startAttempts: 1, probeAfterMs: 0 }

function oneshot(id: string, dependsOn: readonly Dependency[] = []): ServiceSpec {
  const restart = { ...ONCE, policy: 'on-failure' } as const
  return serviceSpec({ id: serviceId(id), type: 'oneshot', startTimeoutMs: 0, restart, dependsOn })
}

function on(service: string, condition: Dependency['condition']): Dependency {
  return { service: serviceId(service), condition }
}

test('each edge is waited for on its own: started, ready, completed', async () => {
  const api = serviceSpec({ id: serviceId('api'), dependsOn: [on('db', 'ready'), on('migrate', 'completed'), on('cron', 'started')] })
  const stage = new Stage([api, serviceSpec({ id: serviceId('db') }), oneshot('migrate'), serviceSpec({ id: serviceId('cron') })])
  const started = startServices({ keepers: stage.keepers, clock: stage.clock })
  await turn()
  const waiting = () => stage.keeper('api').waitingFor.map(({ service, condition }) => `${service} ${condition}`)
  assert.deepEqual(waiting(), ['db ready', 'migrate completed'])
  assert.equal(stage.keeper('api').state, 'waiting')
  stage.worker('migrate').exits(0)
  await turn()
  assert.deepEqual(waiting(), ['db ready'])
  stage.worker('db').becomesReady()
  await turn()
  stage.worker('cron').becomesReady()
  stage.worker('api').becomesReady()
  await started
  assert.deepEqual([stage.keeper('api').state, stage.keeper('migrate').state], ['running', 'completed'])
})

test('what waits for a oneshot that failed is held, does not hold up the start, and starts when a later run succeeds', async () => {
  const stage = new Stage([
    serviceSpec({ id: serviceId('api'), dependsOn: [on('seed', 'completed')] }),
    oneshot('seed', [on('migrate', 'completed')]),
    oneshot('migrate'),
  ])
  const started = startServices({ keepers: stage.keepers, clock: stage.clock })
  await turn()
  stage.worker('migrate').exits(1)
  await started
  assert.equal(stage.keeper('migrate').state, 'failed')
  assert.deepEqual([stage.keeper('api').state, stage.keeper('seed').state], ['waiting', 'waiting'])
  const again = stage.keeper('migrate').pool.replace(0, 'restart')
  stage.worker('migrate').exits(0)
  assert.deepEqual(await again, { kind: 'completed' })
  await turn()
  stage.worker('seed').exits(0)
  await turn()
  stage.worker('api').becomesReady()
  await turn()
  assert.equal(stage.keeper('api').state, 'running')
  stage.clock.assertNoTimers()
})

test('a start that takes too long rejects under onFailed exit, with the last error as its cause, and is held under hold', async () => {
  const slow = (onFailed: 'exit' | 'hold') => new Stage([serviceSpec({ id: serviceId('api'), startTimeoutMs: 100, onFailed })])
  const exiting = slow('exit')
  const started = startServices({ keepers: exiting.keepers, clock: exiting.clock })
  const rejected = assert.rejects(started, (error: Error & { code?: string }) => {
    assert.equal(error.code, 'MESHRT_START_TIMEOUT')
    assert.match(String(error.cause), /no database/)
    return true
  })
  await turn()
  exiting.worker('api').failsToLoad(new Error('no database'))
  exiting.worker('api').exits(1)
  await exiting.clock.advance(100)
  await rejected
  const holding = slow('hold')
  const held = startServices({ keepers: holding.keepers, clock: holding.clock })
  await turn()
  await holding.clock.advance(100)
  await held
})

test('a start that takes too long says what it was waiting for', async () => {
  const stage = new Stage([serviceSpec({ id: serviceId('api'), startTimeoutMs: 100, onFailed: 'exit' })])
  const started = startServices({ keepers: stage.keepers, clock: stage.clock })
  const rejected = assert.rejects(started, {
    code: 'MESHRT_START_TIMEOUT',
    message: 'Service "api" was not ready within 100 ms: it exports no server and has not called listen()',
  })
  await turn()
  stage.worker('api').startStage = 'listen'
  await stage.clock.advance(100)
  await rejected
})

test('a service that was stopped while it waited stays stopped when its condition holds after all', async () => {
  const stage = new Stage([serviceSpec({ id: serviceId('api'), dependsOn: [on('db', 'ready')] }), serviceSpec({ id: serviceId('db') })])
  void startServices({ keepers: stage.keepers, clock: stage.clock })
  await turn()
  await stage.keeper('api').stop({ deadlineMs: 100, idleMs: null })
  stage.worker('db').becomesReady()
  await turn()
  assert.deepEqual([stage.launched, stage.keeper('api').state], [['db'], 'stopped'])
})

/** Edges only point to earlier services: no cycle, as the rules see to. */
const graphs = fc.array(fc.array(fc.record({ to: fc.nat(20), condition: fc.constantFrom(...START_CONDITIONS) }), { maxLength: 3 }), {
  minLength: 1,
  maxLength: 6,
})

test('whatever the graph: nothing is launched before its conditions hold, everything is in the end', async () => {
  await fc.assert(
    fc.asyncProperty(graphs, fc.array(fc.nat(5), { maxLength: 30 }), async (graph, order) => {
      const specs = graph.map((edges, index) => {
        const named = new Map(edges.filter(() => index > 0).map(({ to, condition }) => [to % index, condition]))
        return oneshot(
          `s${index}`,
          [...named].map(([to, condition]) => on(`s${to}`, condition === 'ready' ? 'completed' : condition)),
        )
      })
      const stage = new Stage(specs)
      const ended = new Set<string>()
      const check = (): void => {
        for (const id of stage.launched) {
          for (const { service, condition } of stage.keeper(id).spec.dependsOn) {
            assert.ok(condition === 'started' ? stage.launched.includes(service) : ended.has(service), `${id} before ${service}`)
          }
        }
      }
      const started = startServices({ keepers: stage.keepers, clock: stage.clock })
      for (const pick of [...order, ...specs.map((_, index) => index)]) {
        await turn()
        check()
        const id = `s${pick % specs.length}`
        if (!stage.launched.includes(id) || ended.has(id)) continue
        ended.add(id)
        stage.worker(id).exits(0)
      }
      await started
      assert.equal(ended.size, specs.length)
      stage.clock.assertNoTimers()
    }),
    { numRuns: 100 },
  )
})
