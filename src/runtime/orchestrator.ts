import { isDeepStrictEqual } from 'node:util'
import type { StopReport } from '../control/port.ts'
import type { HealthMonitor } from '../health/monitor.ts'
import type { Treatment } from '../health/patient.ts'
import type { EchoHelper } from '../ingress/echo-helper.ts'
import type { Clock } from '../model/clock.ts'
import type { RuntimeEvent, StampedEvent, StopReason } from '../model/events.ts'
import type { ServiceId, WorkerId } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import type { RuntimeState, RuntimeView } from '../model/view.ts'
import { askService } from './ask.ts'
import type { Autoscaler } from './autoscaler.ts'
import { Commands, type CommandParts } from './commands.ts'
import { createAutoscaler } from './create-autoscaler.ts'
import { createPort } from './create-port.ts'
import { DevWatch } from './dev-watch.ts'
import { Entrance } from './entrance.ts'
import type { EventBus } from './event-bus.ts'
import { lastLinesFrom } from './failure-cause.ts'
import type { GuardianPort } from './guardian-port.ts'
import type { History } from './history.ts'
import type { MainEndpoint } from './main-endpoint.ts'
import type { MeshRouting } from './mesh-routing.ts'
import { Operations } from './operations.ts'
import { PatientRegister } from './patient-register.ts'
import { ReloadCommand } from './reload/reload-command.ts'
import { Replacements } from './replacements.ts'
import type { Runtime } from './runtime.ts'
import type { ServiceKeeper } from './service-keeper.ts'
import { ServiceRegistry, type RegistryParts } from './service-registry.ts'
import type { SpecSource } from './spec-source.ts'
import { ScaleCommand } from './scale-command.ts'
import { shutDown } from './shutdown.ts'
import { takeSnapshot } from './snapshot.ts'
import { startServices } from './start-sequence.ts'

export interface OrchestratorParts {
  readonly spec: RuntimeSpec
  readonly source: SpecSource | null
  /** Told at the start. */
  readonly notices: readonly RuntimeEvent[]
  readonly guardian: GuardianPort | null
  readonly helper: EchoHelper | null
  readonly bus: EventBus
  readonly output: History<LogLine>
  readonly routing: MeshRouting
  readonly endpoint: MainEndpoint
  readonly clock: Clock
  readonly createMonitor: (treatment: Treatment) => HealthMonitor
  readonly createLauncher: RegistryParts['createLauncher']
  readonly createKeeper: RegistryParts['createKeeper']
}

/** The runtime as a whole: starts and stops its services in order, and passes orders on to them. */
export class Orchestrator implements Runtime {
  readonly port: Runtime['port']
  readonly #parts: OrchestratorParts
  readonly #registry: ServiceRegistry
  readonly #keepers: ReadonlyMap<ServiceId, ServiceKeeper>
  readonly #operations = new Operations()
  readonly #commands: Commands
  readonly #scaling: ScaleCommand
  readonly #reloading: ReloadCommand
  readonly #autoscaler: Autoscaler
  readonly #monitor: HealthMonitor
  readonly #patients: PatientRegister
  readonly #devWatch: DevWatch
  readonly #entrance: Entrance
  readonly #ended = Promise.withResolvers<StopReport & { readonly error: unknown }>()
  readonly #startedAt: number
  readonly #failure = Promise.withResolvers<never>()
  readonly #stopRequested = Promise.withResolvers<void>()
  readonly #forced = Promise.withResolvers<void>()
  #spec: RuntimeSpec
  #state: RuntimeState = 'starting'
  #stopping: Promise<StopReport> | null = null
  #error: unknown = null

  constructor(parts: OrchestratorParts) {
    this.#parts = parts
    const { spec, bus, clock } = parts
    this.#spec = spec
    this.#startedAt = clock.epochMs()
    this.#entrance = new Entrance({ spec, clock, emit: bus.emit, vault: parts.guardian?.vault ?? null, helper: parts.helper })
    this.#registry = new ServiceRegistry({
      ...parts,
      socketsOf: (service) => this.#entrance.socketsOf(service),
      onFailed: (keeper, error) => this.#serviceFailed(keeper, error),
      onFiles: (service, files) => this.#devWatch.addLoaded(service, files),
      onChange: (keeper) => this.#poolChanged(keeper),
    })
    this.#keepers = this.#registry.keepers
    const commandParts = {
      keepers: this.#keepers,
      operations: this.#operations,
      replacements: new Replacements(() => this.#spec.replacements, this.#operations),
      bus,
      clock,
      isStopping: () => this.#stopping !== null,
      lastLines: lastLinesFrom(parts.output),
    }
    this.#commands = new Commands(commandParts)
    this.#scaling = new ScaleCommand({
      ...commandParts,
      limitsOf: ({ id }) => ({ mode: spec.mode, maxWorkers: this.#entrance.maxWorkers(id) }),
    })
    this.#reloading = this.#reloadCommand(commandParts)
    this.#monitor = parts.createMonitor(this.#commands.treatment((worker, rotation) => this.#setRotation(worker, rotation)))
    this.#autoscaler = createAutoscaler({ ...commandParts, monitor: this.#monitor, scaling: this.#scaling, emit: bus.emit })
    this.#patients = new PatientRegister({ ...parts, monitor: this.#monitor, stuckAfterMs: () => this.#spec.mesh.stuckAfterMs })
    parts.routing.onReport((report) => this.#monitor.hear(report))
    this.#devWatch = new DevWatch({
      spec,
      clock,
      emit: bus.emit,
      reload: (service) => this.#commands.reload(service),
      reloadFile: () => this.#reloading.onChange(),
    })
    for (const service of spec.services) this.#registry.add(service, spec)
    this.port = createPort({
      ...parts,
      ...commandParts,
      commands: this.#commands,
      scaling: this.#scaling,
      reloading: this.#reloading,
      monitor: this.#monitor,
      services: () => this.#spec.services,
      view: () => this.#view(),
      stop: () => this.stop('command'),
    })
    // A failure is either what start() rejects with, or what the runtime stops for later: always observed here.
    this.#failure.promise.catch(() => undefined)
  }

  #reloadCommand(commandParts: CommandParts): ReloadCommand {
    return new ReloadCommand({
      ...commandParts,
      source: this.#parts.source,
      registry: this.#registry,
      current: () => this.#spec,
      adopt: (next) => this.#adopt(next),
      isStarting: () => this.#state === 'starting',
      stopRequested: this.#stopRequested.promise,
    })
  }

  get ended(): Promise<StopReport & { readonly error: unknown }> {
    return this.#ended.promise
  }

  get spec(): RuntimeSpec {
    return this.#spec
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
      await this.#entrance.open()
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

  /** What the runtime itself goes by from now on; its services get theirs one by one. */
  #adopt(spec: RuntimeSpec): void {
    const before = this.#spec
    this.#spec = spec
    if (!isDeepStrictEqual(before.mesh.deny, spec.mesh.deny)) this.#parts.routing.setDeny(spec.mesh.deny)
    if (!isDeepStrictEqual(before.mesh, spec.mesh)) this.#parts.endpoint.reconfigure(spec.mesh)
    this.#devWatch.follow(spec)
    // There may be services now whose number of workers follows the load.
    this.#autoscaler.start()
  }

  #poolChanged(keeper: ServiceKeeper): void {
    this.#patients.update(keeper)
    this.#entrance.attend(keeper)
  }

  /** In the mesh by its routes; on the entrypoint's port by having a sibling accept in its place. */
  #setRotation(worker: WorkerId, rotation: 'in' | 'out'): void {
    this.#parts.routing.setRotation(worker, rotation)
    const keeper = this.#keepers.get(worker.service)
    if (!keeper) return
    keeper.setStuck(worker, rotation === 'out')
    this.#entrance.attend(keeper)
  }

  #serviceFailed({ spec }: ServiceKeeper, error: Error): void {
    if (spec.onFailed === 'hold' || this.#stopping) return
    this.#error ??= error
    this.#failure.reject(error)
    if (this.#state === 'running') void this.stop('failed')
  }

  async #stop(reason: StopReason): Promise<StopReport> {
    const { bus, clock, routing } = this.#parts
    const spec = this.#spec
    // Only who has got requests so far needs time to be left alone.
    const preStopMs = this.#state === 'running' && (reason === 'signal' || reason === 'command') ? spec.preStopMs : 0
    this.#state = 'stopping'
    const report = await shutDown({
      spec,
      keepers: this.#keepers,
      abandoned: () => this.#registry.abandoned,
      bus,
      clock,
      observed: () => routing.observed,
      reason,
      preStopMs,
      forced: this.#forced.promise,
      beforeServices: () => this.#closeInputs(),
    })
    this.#entrance.close()
    this.#parts.endpoint.close()
    this.#state = 'stopped'
    this.#ended.resolve({ ...report, error: this.#error })
    return report
  }

  /** Nothing may start or replace a worker any more. */
  async #closeInputs(): Promise<void> {
    this.#autoscaler.close()
    this.#entrance.freeze()
    this.#monitor.close()
    await this.#devWatch.close()
  }

  #url(): string | null {
    const { entrypoint } = this.#spec
    const keeper = entrypoint ? this.#keepers.get(entrypoint) : undefined
    return keeper?.pool.report ? this.#entrance.url : null
  }

  #view(): RuntimeView {
    const { clock, guardian } = this.#parts
    const keepers = this.#keepers.values()
    const { abandoned } = this.#registry
    const spec = this.#spec
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
    return takeSnapshot({ runtime, keepers, abandoned, monitor: this.#monitor, meshDomain: spec.mesh.domain, clock })
  }
}
