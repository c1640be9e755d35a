import type { Clock } from '../model/clock.ts'
import type { Emit } from '../model/events.ts'
import type { ServiceId } from '../model/ids.ts'
import type { ScalingSpec } from '../model/spec.ts'
import { describeShortage, fitWorkers, type MemoryRoom } from '../supervision/memory-room.ts'
import {
  afterScaling,
  decideScaling,
  forgetSamples,
  freshScaler,
  type ScalerState,
  type ScalingDecision,
} from '../supervision/scaling-decision.ts'

/** A service whose number of workers follows its load. */
export interface ScaledService {
  readonly id: ServiceId
  readonly spec: ScalingSpec
  /** How many workers there are to be. */
  readonly workers: number
  /** False while something is done to it, or while it does not serve at all: then nothing is judged. */
  readonly isSteady: boolean
  /** How many of them are quarantined. */
  readonly lost: number
  /** Utilisation of the workers that can be judged. */
  readonly elus: readonly number[]
  /** What one more worker will take. */
  readonly workerBytes: number
}

export interface AutoscalerOptions {
  readonly clock: Clock
  readonly emit: Emit
  readonly services: () => readonly ScaledService[]
  /** Rejects when it cannot be done now, or did not succeed; events have told. */
  readonly scale: (service: ServiceId, order: { readonly workers: number; readonly reason: string }) => Promise<unknown>
  readonly memory: () => Promise<MemoryRoom>
}

const TICK_MS = 1000

interface Case {
  state: ScalerState
  workers: number
  /** An order is under way. */
  busy: boolean
  /** What has last kept the service from getting the workers that it asks for; told once. */
  limitedBy: string | null
}

/** Looks at the load of the services once a second, and has their number of workers changed as `decideScaling` says. */
export class Autoscaler {
  readonly #options: AutoscalerOptions
  readonly #cases = new Map<ServiceId, Case>()
  #cancelTick: (() => void) | null = null

  constructor(options: AutoscalerOptions) {
    this.#options = options
  }

  start(): void {
    if (!this.#cancelTick && this.#options.services().length > 0) this.#schedule()
  }

  close(): void {
    this.#cancelTick?.()
    this.#cancelTick = null
  }

  #schedule(): void {
    this.#cancelTick = this.#options.clock.schedule(TICK_MS, () => {
      for (const service of this.#options.services()) this.#look(service)
      this.#schedule()
    })
  }

  #look(service: ScaledService): void {
    const nowMs = this.#options.clock.nowMs()
    const known = this.#cases.get(service.id)
    const one: Case = known ?? { state: freshScaler(nowMs, null), workers: service.workers, busy: false, limitedBy: null }
    this.#cases.set(service.id, one)
    if (one.busy) return
    if (!service.isSteady) {
      one.state = forgetSamples(one.state)
      return
    }
    // By hand: what was recommended before does not undo it.
    if (one.workers !== service.workers) one.state = freshScaler(nowMs, nowMs)
    one.workers = service.workers
    const { workers, lost, elus } = service
    const { state, decision } = decideScaling(one.state, { nowMs, workers, lost, elus }, service.spec)
    one.state = state
    this.#carryOut(decision, service, one)
  }

  #carryOut(decision: ScalingDecision, service: ScaledService, one: Case): void {
    switch (decision.kind) {
      case 'keep':
        if (decision.why !== 'cooldown') one.limitedBy = null
        return
      case 'limited':
        return this.#limited(service, one, { by: 'max', ...decision })
      case 'scale': {
        one.busy = true
        const order = decision.to < service.workers ? this.#scale(service, one, decision) : this.#scaleUp(service, one, decision)
        void order.finally(() => (one.busy = false))
      }
    }
  }

  /** Never rejects. */
  async #scaleUp(service: ScaledService, one: Case, { to, reason }: { readonly to: number; readonly reason: string }): Promise<void> {
    const { workers, workerBytes } = service
    const room = await this.#options.memory().catch((error: unknown) => String(error))
    if (typeof room === 'string') return this.#limited(service, one, { by: 'memory', asked: to, reason: `free memory is unknown: ${room}` })
    const fitting = fitWorkers({ from: workers, to }, workerBytes, room)
    if (fitting < to) this.#limited(service, one, { by: 'memory', asked: to, reason: describeShortage(workerBytes, room) })
    else one.limitedBy = null
    if (fitting > workers && this.#cancelTick) await this.#scale(service, one, { to: fitting, reason })
  }

  /** Never rejects. */
  async #scale({ id }: ScaledService, one: Case, { to, reason }: { readonly to: number; readonly reason: string }): Promise<void> {
    // Events tell of a failure; it counts as a change, so that it is not tried again at once.
    await this.#options.scale(id, { workers: to, reason }).catch(() => undefined)
    const now = this.#options.services().find((service) => service.id === id)
    one.workers = now?.workers ?? to
    one.state = afterScaling(one.state, this.#options.clock.nowMs())
  }

  #limited(
    { id, workers }: ScaledService,
    one: Case,
    limit: { readonly by: string; readonly asked: number; readonly reason: string },
  ): void {
    if (one.limitedBy === limit.by) return
    one.limitedBy = limit.by
    this.#options.emit({ type: 'scaling.limited', service: id, workers, asked: limit.asked, reason: limit.reason })
  }
}
