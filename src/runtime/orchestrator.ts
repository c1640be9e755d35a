import type { StopReport } from '../control/port.ts'
import type { HealthMonitor } from '../health/monitor.ts'
import type { Treatment } from '../health/patient.ts'
import { openIngress, type Ingress } from '../ingress/open-ingress.ts'
import type { MeshEndpoint } from '../mesh/endpoint.ts'
import type { Clock } from '../model/clock.ts'
import type { RuntimeEvent, StampedEvent, StopReason } from '../model/events.ts'
import type { ServiceId, WorkerId } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import { formatOrigin } from '../model/origin.ts'
import type { RuntimeSpec, ServiceSpec } from '../model/spec.ts'
import type { RuntimeState, RuntimeView } from '../model/view.ts'
import type { IngressSource } from '../pool/launcher.ts'
import type { ScaleLimits } from '../supervision/scale-refusal.ts'
import { Adopter } from './adopter.ts'
import { askService } from './ask.ts'
import type { Autoscaler } from './autoscaler.ts'
import { Commands } from './commands.ts'
import { createAutoscaler } from './create-autoscaler.ts'
import { dependentsOf } from './dependents.ts'
import { createPort } from './create-port.ts'
import { DevWatch } from './dev-watch.ts'
import type { EventBus } from './event-bus.ts'
import { lastLinesFrom } from './failure-cause.ts'
import type { GuardianPort } from './guardian-port.ts'
import type { History } from './history.ts'
import { ingressSource } from './ingress-source.ts'
import type { MeshRouting } from './mesh-routing.ts'
import { Operations } from './operations.ts'
import { PatientRegister } from './patient-register.ts'
import { Replacements } from './replacements.ts'
import type { Runtime } from './runtime.ts'
import type { ServiceKeeper } from './service-keeper.ts'
import { ScaleCommand } from './scale-command.ts'
import { shutDown } from './shutdown.ts'
import { takeSnapshot } from './snapshot.ts'
import { StartStop } from './start-stop.ts'
import { startServices } from './start-sequence.ts'

/** What a service tells the orchestrator, and asks of it. */
export interface KeeperHooks {
  readonly ingress: IngressSource | null
  readonly onFailed: (error: Error) => void
  readonly onFiles: (files: readonly string[]) => void
  /** After every change of one of its slots. */
  readonly onChange: () => void
}

export interface OrchestratorParts {
  readonly spec: RuntimeSpec
  /** Told at the start. */
  readonly notices: readonly RuntimeEvent[]
  readonly guardian: GuardianPort | null
  readonly bus: EventBus
  readonly output: History<LogLine>
  readonly routing: MeshRouting
  readonly endpoint: MeshEndpoint
  readonly clock: Clock
  readonly createMonitor: (treatment: Treatment) => HealthMonitor
  readonly createKeeper: (service: ServiceSpec, hooks: KeeperHooks) => ServiceKeeper
}

/** The runtime as a whole: starts and stops its services in order, and passes orders on to them. */
export class Orchestrator implements Runtime {
  readonly port: Runtime['port']
  readonly #parts: OrchestratorParts
  readonly #keepers: ReadonlyMap<ServiceId, ServiceKeeper>
  readonly #operations = new Operations()
  readonly #commands: Commands
  readonly #scaling: ScaleCommand
  readonly #autoscaler: Autoscaler
  readonly #monitor: HealthMonitor
  readonly #patients: PatientRegister
  readonly #devWatch: DevWatch
  readonly #sockets = ingressSource(() => this.#ingress)
  readonly #adopter: Adopter
  readonly #ended = Promise.withResolvers<StopReport & { readonly error: unknown }>()
  readonly #startedAt: number
  readonly #failure = Promise.withResolvers<never>()
  readonly #stopRequested = Promise.withResolvers<void>()
  readonly #forced = Promise.withResolvers<void>()
  #state: RuntimeState = 'starting'
  #ingress: Ingress | null = null
  #stopping: Promise<StopReport> | null = null
  #error: unknown = null

  constructor(parts: OrchestratorParts) {
    this.#parts = parts
    const { spec, bus, clock } = parts
    this.#startedAt = clock.epochMs()
    this.#keepers = new Map(spec.services.map((service) => [service.id, parts.createKeeper(service, this.#hooks(service))]))
    const commandParts = {
      keepers: this.#keepers,
      operations: this.#operations,
      replacements: new Replacements(spec.replacements, this.#operations),
      bus,
      clock,
      isStopping: () => this.#stopping !== null,
      lastLines: lastLinesFrom(parts.output),
    }
    this.#commands = new Commands(commandParts)
    this.#scaling = new ScaleCommand({ ...commandParts, limitsOf: (keeper) => this.#scaleLimits(keeper.id) })
    this.#monitor = parts.createMonitor(this.#commands.treatment((worker, rotation) => this.#setRotation(worker, rotation)))
    this.#autoscaler = createAutoscaler({
      keepers: this.#keepers,
      operations: this.#operations,
      monitor: this.#monitor,
      scaling: this.#scaling,
      clock,
      emit: bus.emit,
    })
    this.#patients = new PatientRegister({ monitor: this.#monitor, endpoint: parts.endpoint, clock, stuckAfterMs: spec.mesh.stuckAfterMs })
    parts.routing.onReport((report) => this.#monitor.hear(report))
    this.#adopter = new Adopter({ ingress: this.#sockets, clock, emit: bus.emit })
    this.#devWatch = new DevWatch({ services: spec.services, clock, emit: bus.emit, reload: (service) => this.#commands.reload(service) })
    this.port = createPort({
      commands: this.#commands,
      scaling: this.#scaling,
      startStop: new StartStop({ ...commandParts, dependentsOf: (service) => this.#dependentsOf(service) }),
      bus,
      output: parts.output,
      view: () => this.#view(),
      stop: () => this.stop('command'),
    })
    // A failure is either what start() rejects with, or what the runtime stops for later: always observed here.
    this.#failure.promise.catch(() => undefined)
  }

  get ended(): Promise<StopReport & { readonly error: unknown }> {
    return this.#ended.promise
  }

  get spec(): RuntimeSpec {
    return this.#parts.spec
  }

  onEvent(listener: (stamped: StampedEvent) => void): () => void {
    return this.#parts.bus.journal.listen(listener)
  }

  onOutput(listener: (line: LogLine) => void): () => void {
    return this.#parts.output.listen(listener)
  }

  async start(): Promise<void> {
    const { spec, bus, clock } = this.#parts
    const startedMs = clock.nowMs()
    for (const event of this.#parts.notices) bus.emit(event)
    try {
      await this.#openIngress()
      this.#monitor.start()
      // Once a stop is on its way, a service that waits for another one waits for ever: the start is over then.
      await Promise.race([startServices({ keepers: this.#keepers, clock }), this.#failure.promise, this.#stopRequested.promise])
      if (spec.mode === 'dev' && !this.#stopping) await Promise.race([this.#devWatch.start(), this.#failure.promise])
      if (this.#stopping) {
        await this.#devWatch.close()
        return void (await this.#stopping)
      }
      // A service may have failed since anybody waited for that.
      if (this.#error !== null) throw this.#error
    } catch (error) {
      this.#error ??= error
      await this.stop('failed')
      throw error
    }
    this.#state = 'running'
    this.#autoscaler.start()
    bus.emit({ type: 'runtime.started', mode: spec.mode, url: this.#url(), tookMs: clock.nowMs() - startedMs })
  }

  stop(reason: StopReason): Promise<StopReport> {
    this.#stopRequested.resolve()
    this.#stopping ??= this.#stop(reason)
    return this.#stopping
  }

  force(): void {
    this.#forced.resolve()
    for (const keeper of this.#keepers.values()) keeper.pool.force()
  }

  ask(...[service, question]: Parameters<Runtime['ask']>): ReturnType<Runtime['ask']> {
    return askService({ service, ...question }, this.#parts)
  }

  async reload(service: ServiceId | null): Promise<void> {
    const services = service === null ? [...this.#keepers.keys()] : [service]
    await Promise.all(services.map((id) => this.#devWatch.request(id)))
  }

  #scaleLimits(id: ServiceId): ScaleLimits {
    const { mode, entrypoint } = this.#parts.spec
    return { mode, maxWorkers: id === entrypoint ? (this.#ingress?.maxWorkers ?? 1) : Number.POSITIVE_INFINITY }
  }

  #dependentsOf(service: ServiceId): readonly ServiceId[] {
    const { spec, routing } = this.#parts
    const stateOf = (id: ServiceId) => this.#keepers.get(id)?.state ?? null
    return dependentsOf(service, { services: spec.services, observed: routing.observed, stateOf })
  }

  #hooks(service: ServiceSpec): KeeperHooks {
    const isEntrypoint = service.id === this.#parts.spec.entrypoint
    return {
      ingress: isEntrypoint ? this.#sockets : null,
      onFailed: (error) => this.#serviceFailed(service, error),
      onFiles: (files) => this.#devWatch.addLoaded(service.id, files),
      onChange: () => this.#poolChanged(service.id),
    }
  }

  #poolChanged(id: ServiceId): void {
    const keeper = this.#keepers.get(id)
    if (!keeper) return
    this.#patients.update(keeper)
    if (this.#hasSocketPerSlot(id)) this.#adopter.update(keeper)
  }

  /** In the mesh by its routes; on the entrypoint's port by having a sibling accept in its place. */
  #setRotation(worker: WorkerId, rotation: 'in' | 'out'): void {
    this.#parts.routing.setRotation(worker, rotation)
    const keeper = this.#keepers.get(worker.service)
    keeper?.setStuck(worker, rotation === 'out')
    if (keeper && this.#hasSocketPerSlot(worker.service)) this.#adopter.update(keeper)
  }

  #hasSocketPerSlot(service: ServiceId): boolean {
    return service === this.#parts.spec.entrypoint && this.#ingress?.socketPerSlot === true
  }

  #serviceFailed(service: ServiceSpec, error: Error): void {
    if (service.onFailed === 'hold' || this.#stopping) return
    this.#error ??= error
    this.#failure.reject(error)
    if (this.#state === 'running') void this.stop('failed')
  }

  async #openIngress(): Promise<void> {
    const { spec, clock, guardian } = this.#parts
    const service = spec.services.find(({ id }) => id === spec.entrypoint)
    if (service) this.#ingress = await openIngress({ ...spec.server, slots: service.workers, clock, vault: guardian?.vault ?? null })
  }

  async #stop(reason: StopReason): Promise<StopReport> {
    const { bus, clock, routing, spec } = this.#parts
    // Only who has got requests so far needs time to be left alone.
    const preStopMs = this.#state === 'running' && (reason === 'signal' || reason === 'command') ? spec.preStopMs : 0
    this.#state = 'stopping'
    const report = await shutDown({
      spec,
      keepers: this.#keepers,
      bus,
      clock,
      observed: () => routing.observed,
      reason,
      preStopMs,
      forced: this.#forced.promise,
      beforeServices: () => this.#closeInputs(),
    })
    this.#ingress?.close()
    this.#parts.endpoint.close()
    this.#state = 'stopped'
    this.#ended.resolve({ ...report, error: this.#error })
    return report
  }

  /** Nothing may start or replace a worker any more. */
  async #closeInputs(): Promise<void> {
    this.#autoscaler.close()
    this.#adopter.close()
    this.#monitor.close()
    await this.#devWatch.close()
  }

  #url(): string | null {
    const { spec } = this.#parts
    const keeper = spec.entrypoint ? this.#keepers.get(spec.entrypoint) : undefined
    const address = keeper?.pool.report ? this.#ingress?.address : undefined
    return address ? formatOrigin(address) : null
  }

  #view(): RuntimeView {
    const { spec, clock, guardian } = this.#parts
    const runtime = {
      pid: process.pid,
      guardianPid: guardian?.pid() ?? null,
      name: spec.name,
      file: spec.file,
      mode: spec.mode,
      startedAt: this.#startedAt,
      state: this.#state,
      url: this.#url(),
    }
    return takeSnapshot({ runtime, keepers: this.#keepers.values(), monitor: this.#monitor, meshDomain: spec.mesh.domain, clock })
  }
}
