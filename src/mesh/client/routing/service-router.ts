import type { Clock } from '../../../model/clock.ts'
import type { ServiceId, WorkerKey } from '../../../model/ids.ts'
import type { CircuitChange, ServiceRoute } from '../../../model/routes.ts'
import type { MeshSpec } from '../../../model/spec.ts'
import type { MeshCounter } from '../../../model/worker-row.ts'
import type { Transport } from '../../channel.ts'
import { retryMsOf, type CircuitSpec } from '../../circuit.ts'
import { judge, type Mode } from '../../eligibility.ts'
import { failure, targetLost } from '../errors.ts'
import type { ClientExchange } from '../exchange.ts'
import { HoldQueue } from './hold-queue.ts'
import { Picker } from './picker.ts'
import { refusalOf } from './refusal.ts'
import { RetryPurse } from './retry-purse.ts'
import { RoutedTarget, type Moment, type TargetOwner } from './routed-target.ts'
import { ServiceCircuit } from './service-circuit.ts'
import { unavailable } from '../unavailable.ts'

export interface RouterOptions {
  readonly mesh: MeshSpec
  readonly clock: Clock
  readonly transport: Transport
  readonly random: () => number
  readonly count: (counter: MeshCounter) => void
  readonly report: (change: CircuitChange) => void
  readonly reportStuck: (target: WorkerKey, stuck: boolean) => void
  /** Targets are to be looked at before long: something is on its way to one, or the line to one is broken. */
  readonly watch: () => void
}

/** Why a target has not begun with a request. */
interface Refusal {
  readonly target: RoutedTarget
  readonly code: 'MESHRT_MESH_OVERLOADED' | 'MESHRT_MESH_UNREACHABLE'
  readonly why: string
}

/**
 * One service as one caller sees it: which of its workers get requests, which requests wait. Who is eligible is worked out
 * when something changes, not for each request.
 */
export class ServiceRouter implements TargetOwner {
  readonly service: ServiceId
  readonly circuit: CircuitSpec
  readonly clock: Clock
  readonly transport: Transport
  readonly #options: RouterOptions
  readonly #targets = new Map<WorkerKey, RoutedTarget>()
  readonly #held: HoldQueue
  readonly #picker: Picker
  readonly #purse: RetryPurse
  readonly #whole: ServiceCircuit
  #route: ServiceRoute | undefined
  #routed: readonly RoutedTarget[] = []
  #eligible: readonly RoutedTarget[] = []
  #probes: readonly RoutedTarget[] = []
  #mode: Mode = 'none'
  /** When the first open circuit may be tried. */
  #tryMs = Number.POSITIVE_INFINITY

  constructor(service: ServiceId, options: RouterOptions) {
    this.service = service
    this.#options = options
    this.circuit = options.mesh.circuit
    this.clock = options.clock
    this.transport = options.transport
    this.#held = new HoldQueue(options.mesh.hold)
    this.#picker = new Picker(options.mesh.selection, options.random)
    this.#purse = new RetryPurse(options.mesh.retry)
    this.#whole = new ServiceCircuit(service, options)
  }

  /** A new request. */
  submit(exchange: ClientExchange): void {
    this.#purse.requestSubmitted()
    this.#send(exchange)
  }

  update(route: ServiceRoute | undefined): void {
    this.#route = route
    const routed = route?.targets ?? []
    this.#routed = routed.map((target) => {
      const known = this.#targets.get(target.worker) ?? new RoutedTarget(target, this)
      known.suspect = target.suspect
      this.#targets.set(target.worker, known)
      return known
    })
    for (const [worker, target] of this.#targets) if (!target.linked && !this.#routed.includes(target)) this.#targets.delete(worker)
    this.onChanged()
    this.#releaseHeld()
  }

  targetEnded(worker: WorkerKey): void {
    this.#targets.get(worker)?.ended()
    this.onChanged()
  }

  /** Finds out which targets take nothing, and has their requests answered by others. True while there is something to look at. */
  look(moment: Moment): boolean {
    this.#purse.settle(moment.nowMs)
    let busy = false
    let changed = false
    for (const target of this.#targets.values()) {
      const { slow, alive } = target
      if (target.look(moment, this.#options.mesh.stuckAfterMs)) busy = true
      changed ||= slow !== target.slow || alive !== target.alive
    }
    if (changed) {
      this.onChanged()
      this.#releaseHeld()
    }
    // Where nobody is better off, requests had better keep their place in the queue.
    if (this.#mode === 'normal') for (const target of this.#targets.values()) this.onUntaken(target.giveBack())
    return busy
  }

  holdExpired(exchange: ClientExchange): void {
    this.#held.remove(exchange)
    this.#options.count('holdsExpired')
    const why = `no worker was ready within ${this.#options.mesh.hold.timeMs} ms`
    exchange.respond(unavailable(this.service, { code: 'MESHRT_MESH_UNAVAILABLE', why }))
  }

  /** It is over. */
  forget(exchange: ClientExchange): void {
    this.#held.remove(exchange)
  }

  close(): void {
    for (const target of this.#targets.values()) target.close()
  }

  random(): number {
    return this.#options.random()
  }

  watch(): void {
    this.#options.watch()
  }

  report(change: CircuitChange): void {
    this.#options.report(change)
  }

  reportStuck(target: WorkerKey, stuck: boolean): void {
    this.#options.reportStuck(target, stuck)
  }

  onChanged(): void {
    const judgement = judge(this.#route?.state === 'open' ? this.#routed : [])
    const { mode, standings } = judgement
    this.#mode = mode
    this.#eligible = this.#routed.filter((_, index) => standings[index] === 'eligible')
    this.#probes = this.#routed.filter((_, index) => standings[index] === 'probe')
    this.#tryMs = this.#routed.reduce(
      (first, { circuit, alive }) => Math.min(first, (alive ? retryMsOf(circuit) : null) ?? first),
      Number.POSITIVE_INFINITY,
    )
    this.#whole.update(judgement, this.#tryMs)
  }

  onUntaken(exchanges: readonly ClientExchange[]): void {
    for (const exchange of exchanges) {
      if (exchange.done) continue
      if (exchange.only !== null) {
        exchange.fail(failure('MESHRT_MESH_UNAVAILABLE', `Cannot complete the request: worker ${exchange.only} does not take it`))
        continue
      }
      this.#options.count('replays')
      exchange.recall()
      this.#send(exchange)
    }
  }

  /** A request that kills its worker must not empty the pool: only once, never onto the last worker, and within the budget. */
  onLost(taken: readonly ClientExchange[], target: RoutedTarget): void {
    for (const exchange of taken) {
      const repeatable = exchange.only === null && exchange.replayable && exchange.call.idempotent && exchange.body.kind !== 'stream'
      if (repeatable && this.#eligible.length > 1 && this.#mayRetry(exchange)) this.#send(exchange)
      else exchange.fail(targetLost(target.worker))
    }
  }

  /**
   * A target that sheds has not begun with the request, so another one may have it, whatever its method. Once, and within the
   * budget: when all are full, asking around would only add to it.
   */
  onShed(exchange: ClientExchange, target: RoutedTarget): void {
    this.#tryAnother(exchange, { target, code: 'MESHRT_MESH_OVERLOADED', why: 'has as many requests as it may' })
  }

  /** As with one that sheds. */
  onUnreachable(exchange: ClientExchange, target: RoutedTarget): void {
    this.#tryAnother(exchange, { target, code: 'MESHRT_MESH_UNREACHABLE', why: 'cannot be reached' })
  }

  #tryAnother(exchange: ClientExchange, { target, code, why }: Refusal): void {
    if (exchange.only !== null) {
      exchange.recall()
      exchange.fail(failure(code, `Cannot complete the request: worker ${exchange.only} ${why}`))
      return
    }
    const other = this.#picker.pickOther(this.#eligible, target)
    if (other !== null && this.#mayRetry(exchange)) {
      other.send(exchange)
      this.watch()
      return
    }
    exchange.recall()
    exchange.respond(unavailable(this.service, { code, why: `worker ${target.worker} ${why}` }))
  }

  /** Whatever speaks against it. */
  #sendOnly(exchange: ClientExchange, worker: WorkerKey): void {
    const target = this.#routed.find((one) => one.worker === worker)
    if (!target?.alive) {
      exchange.fail(failure('MESHRT_MESH_UNAVAILABLE', `Cannot complete the request: worker ${worker} is not routed`))
      return
    }
    target.send(exchange)
    this.watch()
  }

  #send(exchange: ClientExchange): void {
    if (exchange.only !== null) return this.#sendOnly(exchange, exchange.only)
    if (this.#tryMs !== Number.POSITIVE_INFINITY) this.#letTimePass()
    const probe = this.#probes[0]
    const target = probe ?? this.#picker.pick(this.#eligible)
    if (target === null) this.#doWithout(exchange)
    else {
      if (probe === undefined) target.send(exchange)
      else probe.probe(exchange)
      this.watch()
    }
  }

  /** There is somebody to ask again, or there never will be. */
  #releaseHeld(): void {
    if (this.#mode !== 'none' || this.#route?.state !== 'open') for (const exchange of this.#held.takeAll()) this.#send(exchange)
  }

  #letTimePass(): void {
    const nowMs = this.clock.nowMs()
    if (nowMs >= this.#tryMs) for (const target of this.#routed) target.wait(nowMs)
  }

  #mayRetry(exchange: ClientExchange): boolean {
    if (exchange.retried || !this.#purse.takeRetry(this.clock.nowMs())) return false
    this.#options.count('retries')
    exchange.retried = true
    exchange.recall()
    return true
  }

  /** There is no target for it. */
  #doWithout(exchange: ClientExchange): void {
    const refusal = refusalOf(this.service, this.#route)
    if (refusal !== null) {
      if (refusal.code === 'MESHRT_MESH_DENIED') this.#options.count('denied')
      exchange.fail(refusal)
    } else if (this.#route?.state === 'closed') {
      exchange.respond(unavailable(this.service, { code: 'MESHRT_MESH_UNAVAILABLE', why: 'it is stopped or has failed' }))
    } else if (this.#mode === 'failing') this.#failFast(exchange)
    else this.#hold(exchange)
  }

  #failFast(exchange: ClientExchange): void {
    this.#options.count('failedFast')
    const retryAfterMs = Number.isFinite(this.#tryMs) ? this.#tryMs - this.clock.nowMs() : 0
    exchange.respond(unavailable(this.service, { code: 'MESHRT_MESH_CIRCUIT_OPEN', why: 'every worker of it keeps failing', retryAfterMs }))
  }

  #hold(exchange: ClientExchange): void {
    if (this.#held.add(exchange)) return
    const why = `no worker is ready and ${this.#held.size} requests are waiting`
    exchange.respond(unavailable(this.service, { code: 'MESHRT_MESH_UNAVAILABLE', why }))
  }
}
