import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { describeSpec } from '../../src/config/describe-spec.ts'
import type { MeshrtError } from '../../src/errors/meshrt-error.ts'
import { serviceId, type ServiceId } from '../../src/model/ids.ts'
import type { RuntimeSpec, ServiceSpec } from '../../src/model/spec.ts'
import { PoolSupervisor } from '../../src/pool/pool-supervisor.ts'
import { EventBus } from '../../src/runtime/event-bus.ts'
import { Operations } from '../../src/runtime/operations.ts'
import { ReloadCommand } from '../../src/runtime/reload/reload-command.ts'
import { ServiceKeeper } from '../../src/runtime/service-keeper.ts'
import { ServiceRegistry } from '../../src/runtime/service-registry.ts'
import { startServices } from '../../src/runtime/start-sequence.ts'
import { PuppetLauncher, type PuppetWorker } from '../pool/puppet-launcher.ts'
import { restartSpec } from '../supervision/specs.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { runtimeSpec, serviceSpec } from '../support/specs.ts'

/** A service with this variable in its environment, which is the simplest thing that a reload replaces workers for. */
export function service(
  id: string,
  overrides: Partial<ServiceSpec> & { readonly level?: string; readonly on?: readonly string[] } = {},
): ServiceSpec {
  const { level = 'info', on = [], ...rest } = overrides
  const dependsOn = on.map((one) => ({ service: serviceId(one), condition: 'ready' as const }))
  return serviceSpec({ id: serviceId(id), env: { runtime: {}, service: { LEVEL: level } }, dependsOn, ...rest })
}

/** A service that fails for good at its first try. */
export const ONE_TRY = { restart: restartSpec({ startAttempts: 1, probeAfterMs: 0 }) }

export function isLoud({ env }: { readonly env: { readonly service: Readonly<Record<string, string>> } }): boolean {
  return env.service['LEVEL'] === 'debug'
}

/** Services of puppets, and a file that the test writes. */
export class ReloadStage {
  readonly clock = new FakeClock()
  readonly bus = new EventBus(this.clock)
  readonly operations = new Operations()
  readonly registry: ServiceRegistry
  readonly reloading: ReloadCommand
  readonly types: string[] = []
  /** By launch, each with the spec that it was launched by. */
  readonly launched: { readonly spec: ServiceSpec; readonly worker: PuppetWorker }[] = []
  /** Services that have failed, and that the runtime would stop for. */
  readonly failed: ServiceId[] = []
  readonly #stopRequested = Promise.withResolvers<void>()
  /** Workers by these specs do not load. */
  broken: (spec: ServiceSpec) => boolean = () => false
  /** Workers by these specs neither load nor fail. */
  hanging: (spec: ServiceSpec) => boolean = () => false
  file: RuntimeSpec | MeshrtError
  current: RuntimeSpec
  /** Called whenever the file has been read. */
  onRead: () => void = () => {}
  isStarting = false
  isStopping = false

  constructor(services: readonly ServiceSpec[]) {
    this.current = runtimeSpec(services)
    this.file = this.current
    const { clock, bus } = this
    this.registry = new ServiceRegistry({
      createLauncher: (spec) => this.#launcher(spec),
      createKeeper: (pool, hooks) => this.#keeper(pool, hooks),
      routing: { introduce: () => {}, forget: () => {} },
      socketsOf: () => null,
      onFailed: ({ id }) => void this.failed.push(id),
      onFiles: () => {},
      onChange: () => {},
    })
    this.reloading = new ReloadCommand({
      clock,
      bus,
      registry: this.registry,
      operations: this.operations,
      lastLines: () => [],
      isStopping: () => this.isStopping,
      isStarting: () => this.isStarting,
      stopRequested: this.#stopRequested.promise,
      current: () => this.current,
      adopt: (spec) => void (this.current = spec),
      source: {
        load: () => {
          this.onRead()
          return this.file instanceof Error ? Promise.reject(this.file) : Promise.resolve(this.file)
        },
        describe: (spec) => describeSpec(spec, { secrets: 'shown' }),
      },
    })
    for (const spec of services) this.registry.add(spec, this.current)
    bus.journal.listen(({ event }) => this.types.push(event.type))
  }

  async start(): Promise<this> {
    await this.until(startServices({ keepers: this.registry.keepers, clock: this.clock }))
    return this
  }

  write(services: readonly ServiceSpec[], overrides: Partial<RuntimeSpec> = {}): void {
    this.file = runtimeSpec(services, overrides)
  }

  reload({ dryRun = false, timeoutMs = 60_000 } = {}) {
    return this.reloading.run({ dryRun, timeoutMs }, () => {})
  }

  /** What becomes of something while the workers do what is expected of them. */
  async until<T>(outcome: Promise<T>): Promise<T> {
    const state = { isSettled: false }
    void Promise.allSettled([outcome]).then(() => (state.isSettled = true))
    for (let turns = 0; !state.isSettled; turns++) {
      assert.ok(turns < 2000, `still waiting: ${this.types.join(' ')}`)
      this.settle()
      await turn()
    }
    return outcome
  }

  /** As `until`, while time passes. */
  async within<T>(ms: number, outcome: Promise<T>): Promise<T> {
    outcome.catch(() => undefined)
    await this.clock.advance(ms)
    return this.until(outcome)
  }

  settle(): void {
    for (const { spec, worker } of this.launched) {
      if (!worker.isAlive || this.hanging(spec)) continue
      if (this.broken(spec)) worker.failsToLoad(new Error('no licence'))
      else if (spec.type === 'oneshot') worker.exits(0)
      else worker.settles()
    }
  }

  async stop(): Promise<void> {
    this.isStopping = true
    this.#stopRequested.resolve()
    await this.until(Promise.all([...this.registry.keepers.values()].map((keeper) => keeper.stop({ deadlineMs: 1000, idleMs: 0 }))))
  }

  keeper(id: string): ServiceKeeper {
    return this.registry.keepers.get(serviceId(id)) ?? assert.fail(`no service ${id}`)
  }

  /** `auth/0#2 info`, in the order of their launch. */
  get alive(): readonly string[] {
    return this.launched
      .filter(({ worker }) => worker.isAlive)
      .map(({ spec, worker: { id } }) => `${id.service}/${id.slot}#${id.generation} ${spec.env.service['LEVEL']}`)
      .toSorted()
  }

  #launcher(spec: ServiceSpec) {
    const puppets = new PuppetLauncher()
    return {
      launch: (...args: Parameters<PuppetLauncher['launch']>) => {
        const worker = puppets.launch(...args)
        this.launched.push({ spec, worker: puppets.worker(puppets.workers.length - 1) })
        return worker
      },
    }
  }

  #keeper(...[pool, hooks]: Parameters<ConstructorParameters<typeof ServiceRegistry>[0]['createKeeper']>): ServiceKeeper {
    const { clock, bus } = this
    const done = () => Promise.resolve()
    const routing = { join: () => {}, leave: () => {}, route: done, unroute: done, receive: () => {} }
    const ports = { clock, routing, random: () => 0.5, emit: bus.emit, onOutput: () => {}, onFiles: () => {}, mayKillBlocked: () => true }
    return new ServiceKeeper({ id: pool.spec.id, clock, emit: bus.emit, onFailed: hooks.onFailed, onState: () => {} }, (derive) => {
      return new PoolSupervisor({ ...pool, ...ports, onChange: derive })
    })
  }
}
