import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Clock } from '../model/clock.ts'
import type { Emit } from '../model/events.ts'
import { fromErrorInfo, type ErrorInfo } from '../model/failure.ts'
import { formatWorkerId, type ServiceId, type WorkerId, type WorkerKey } from '../model/ids.ts'
import { START_CONDITIONS, type Dependency, type ServiceSpec, type StartCondition } from '../model/spec.ts'
import type { ServiceState } from '../model/view.ts'
import type { PoolSupervisor } from '../pool/pool-supervisor.ts'
import { isServing, servingWorker } from '../supervision/serving.ts'
import { serviceState } from '../supervision/service-state.ts'
import type { Slot, SlotOutcome, StopTerms } from '../supervision/slot.ts'

export interface ServiceKeeperOptions {
  readonly spec: ServiceSpec
  readonly clock: Clock
  readonly emit: Emit
  /** Every slot is quarantined. */
  readonly onFailed: (error: Error) => void
  readonly onState: (state: ServiceState) => void
}

/** One service as a whole: derives its state from its slots, and tells of every change of it once. */
export class ServiceKeeper {
  readonly spec: ServiceSpec
  readonly pool: PoolSupervisor
  readonly #options: ServiceKeeperOptions
  /** When it was made, or an operator had it start again. */
  #startedAtMs: number
  /** When it last began to start. */
  #startingAtMs = 0
  readonly #milestones: Readonly<Record<StartCondition, PromiseWithResolvers<void>>>
  readonly #held = Promise.withResolvers<void>()
  #state: ServiceState = 'pending'
  #sinceMs: number
  #waitingFor: readonly Dependency[] = []
  #launched = false
  /** It has been told to stop, and stays stopped until an operator says otherwise. */
  #stopping = false
  /** Workers that are out of rotation. That is told once, so it is remembered for as long as they live, whatever becomes of their slots. */
  readonly #stuck = new Map<WorkerKey, WorkerId>()
  #announced = false

  /** `createPool` is handed what the pool has to call after every change of a slot. */
  constructor(options: ServiceKeeperOptions, createPool: (onChange: () => void) => PoolSupervisor) {
    this.#options = options
    this.spec = options.spec
    this.#startedAtMs = options.clock.nowMs()
    this.#sinceMs = options.clock.epochMs()
    this.#milestones = createMilestones()
    this.pool = createPool(() => this.#derive())
  }

  get id(): ServiceId {
    return this.spec.id
  }

  get state(): ServiceState {
    return this.#state
  }

  /** Milliseconds since the epoch at which the state became what it is. */
  get sinceMs(): number {
    return this.#sinceMs
  }

  /** What keeps it in `waiting`. */
  get waitingFor(): readonly Dependency[] {
    return this.#state === 'waiting' ? this.#waitingFor : []
  }

  /** Whether its workers have been launched at all: before that it waits for others. */
  get isLaunched(): boolean {
    return this.#launched
  }

  /** Resolves when the condition holds for the first time; never, if it never does. */
  reached(condition: StartCondition): Promise<void> {
    return this.#milestones[condition].promise
  }

  /** Resolves when nothing is to be expected of it for now: it has failed, or waits for one that has. */
  get held(): Promise<void> {
    return this.#held.promise
  }

  hold(): void {
    this.#held.resolve()
  }

  /** Slots that are as they should be: they serve, or have done their work. */
  get readyCount(): number {
    return this.pool.slots.filter((slot) => slot.phase.kind === 'completed' || (isServing(slot) && !this.isStuck(slot))).length
  }

  waitFor(edges: readonly Dependency[]): void {
    this.#waitingFor = edges
    if (edges.length > 0 && !this.#stopping) this.#enter('waiting')
  }

  /** Of the last workers that have ended. */
  lastError(): Error | null {
    const info = lastError(this.pool)
    return info && fromErrorInfo(info)
  }

  /**
   * Launches the workers; resolves when every slot has settled. A service that has been told to stop stays stopped, though what it
   * waited for became ready after all.
   * @throws MeshrtError MESHRT_START_FAILED when no slot became ready.
   */
  async start(): Promise<void> {
    if (this.#stopping) return
    this.#launched = true
    const settling = this.pool.start()
    this.#milestones.started.resolve()
    const outcomes = await settling
    const error = firstFailure(outcomes)
    if (error) throw startFailed(this.id, error)
  }

  /** It is to run, also after a stop. False while it has to wait for others: it starts by itself when they are there. */
  wake(): boolean {
    if (this.#stopping) {
      this.#stopping = false
      this.#announced = false
      this.#startedAtMs = this.#options.clock.nowMs()
    }
    if (this.#launched) return true
    if (this.#waitingFor.length > 0) {
      this.#enter('waiting')
      return false
    }
    this.#launched = true
    this.#milestones.started.resolve()
    return true
  }

  /** Settles when no worker is left, or all that are left have been given up. Callers of the service fail at once from now on. */
  async stop(terms: StopTerms): Promise<void> {
    this.#stopping = true
    this.#options.onState('stopped')
    await this.pool.stop(terms)
    this.#enter('stopped')
  }

  /** Its loop does not turn, or does again. */
  setStuck(worker: WorkerId, stuck: boolean): void {
    if (stuck) this.#stuck.set(formatWorkerId(worker), worker)
    else this.#stuck.delete(formatWorkerId(worker))
    this.#derive()
  }

  /** The worker that serves in the slot is out of rotation. */
  isStuck(slot: Slot): boolean {
    const worker = servingWorker(slot)
    return worker !== null && this.#stuck.has(formatWorkerId({ ...slot.id, generation: worker.generation }))
  }

  #derive(): void {
    for (const [key, { slot, generation }] of this.#stuck) if (!this.pool.worker(slot, generation)) this.#stuck.delete(key)
    // On the way down the slots leave one by one: that is neither degraded nor a failure.
    if (this.#launched && !this.#stopping) this.#enter(serviceState(this.pool.members, (slot) => this.isStuck(slot)))
  }

  #enter(state: ServiceState): void {
    const before = this.#state
    if (state === before) return
    this.#state = state
    this.#sinceMs = this.#options.clock.epochMs()
    if (state === 'starting') this.#startingAtMs = this.#options.clock.nowMs()
    this.#options.onState(state)
    this.#announce(before, state)
  }

  #announce(before: ServiceState, state: ServiceState): void {
    const { emit, clock } = this.#options
    const ready = this.readyCount
    const desired = this.pool.size
    switch (state) {
      case 'running':
        this.#milestones.ready.resolve()
        if (this.#announced) emit({ type: 'service.recovered', service: this.id, ready })
        else emit({ type: 'service.started', service: this.id, workers: ready, tookMs: clock.nowMs() - this.#startedAtMs })
        this.#announced = true
        return
      case 'degraded':
        this.#milestones.ready.resolve()
        if (this.#announced) emit({ type: 'service.degraded', service: this.id, ready, desired })
        return
      case 'failed': {
        const error = lastError(this.pool) ?? { name: 'Error', message: 'Every slot is quarantined' }
        emit({ type: 'service.failed', service: this.id, error })
        this.hold()
        this.#options.onFailed(startFailed(this.id, error))
        return
      }
      case 'backoff':
        if (before === 'running' || before === 'degraded') emit({ type: 'service.degraded', service: this.id, ready, desired })
        return
      case 'stopped':
        emit({ type: 'service.stopped', service: this.id })
        this.hold()
        return
      case 'completed':
        this.#milestones.completed.resolve()
        emit({ type: 'service.completed', service: this.id, tookMs: clock.nowMs() - this.#startingAtMs })
        return
      case 'pending':
      case 'waiting':
      case 'starting':
    }
  }
}

function createMilestones(): Record<StartCondition, PromiseWithResolvers<void>> {
  const entries = START_CONDITIONS.map((condition) => [condition, Promise.withResolvers<void>()] as const)
  return Object.fromEntries(entries) as Record<StartCondition, PromiseWithResolvers<void>>
}

function firstFailure(outcomes: readonly SlotOutcome[]): ErrorInfo | null {
  if (outcomes.some((outcome) => outcome.kind !== 'failed')) return null
  const failed = outcomes.find((outcome) => outcome.kind === 'failed')
  return failed?.error ?? null
}

function lastError(pool: PoolSupervisor): ErrorInfo | null {
  for (const { lastExit } of pool.slots) {
    if (lastExit && 'error' in lastExit.exit && lastExit.exit.error) return lastExit.exit.error
  }
  return null
}

function startFailed(service: ServiceId, error: ErrorInfo): MeshrtError {
  return new MeshrtError('MESHRT_SERVICE_FAILED', `Service "${service}" has failed: ${error.message}`, { cause: fromErrorInfo(error) })
}
