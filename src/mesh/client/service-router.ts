import { assertNever } from '../../model/assert-never.ts'
import type { Clock } from '../../model/clock.ts'
import type { ServiceId, WorkerKey } from '../../model/ids.ts'
import type { CircuitChange, ServiceRoute } from '../../model/routes.ts'
import type { MeshSpec } from '../../model/spec.ts'
import type { MeshCounter } from '../../model/worker-row.ts'
import type { Transport } from '../channel.ts'
import type { CircuitSpec } from '../circuit.ts'
import { judge, type Mode } from '../eligibility.ts'
import { NO_REQUESTS, withdrawRetry, withRequests } from '../retry-budget.ts'
import { nextCursor, pickLeastPending, startCursor } from '../selection.ts'
import { failure, targetLost } from './errors.ts'
import type { ClientExchange } from './exchange.ts'
import { RoutedTarget, type Moment, type TargetOwner } from './routed-target.ts'
import { ServiceCircuit } from './service-circuit.ts'
import { unavailable } from './unavailable.ts'

export interface RouterOptions {
  readonly mesh: MeshSpec
  readonly clock: Clock
  readonly transport: Transport
  readonly random: () => number
  readonly count: (counter: MeshCounter) => void
  readonly report: (change: CircuitChange) => void
  /** Something is on its way to a target. */
  readonly onSent: () => void
}

const pendingOf = (target: RoutedTarget): number => target.pending

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
  readonly #leastPending: boolean
  readonly #targets = new Map<WorkerKey, RoutedTarget>()
  readonly #held = new Set<ClientExchange>()
  readonly #whole: ServiceCircuit
  #route: ServiceRoute | undefined
  #routed: readonly RoutedTarget[] = []
  #eligible: readonly RoutedTarget[] = []
  #probes: readonly RoutedTarget[] = []
  #mode: Mode = 'none'
  /** When the first open circuit may be tried. */
  #tryMs = Number.POSITIVE_INFINITY
  #cursor: number | null = null
  #budget = NO_REQUESTS
  #requests = 0

  constructor(service: ServiceId, options: RouterOptions) {
    this.service = service
    this.#options = options
    this.circuit = options.mesh.circuit
    this.clock = options.clock
    this.transport = options.transport
    this.#leastPending = options.mesh.selection === 'least-pending'
    this.#whole = new ServiceCircuit(service, options)
  }

  /** A new request. */
  submit(exchange: ClientExchange): void {
    this.#requests++
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
    if (this.#mode !== 'none' || route?.state !== 'open') this.#releaseHeld()
  }

  targetEnded(worker: WorkerKey): void {
    this.#targets.get(worker)?.ended()
    this.onChanged()
  }

  /** Finds out which targets take nothing, and has their requests answered by others. True while there is something to look at. */
  look(moment: Moment): boolean {
    this.#deposit(moment.nowMs)
    let busy = false
    let changed = false
    for (const target of this.#targets.values()) {
      const { slow } = target
      if (target.look(moment, this.#options.mesh.stuckAfterMs)) busy = true
      changed ||= slow !== target.slow
    }
    if (changed) this.onChanged()
    // Where nobody is better off, requests had better keep their place in the queue.
    if (this.#mode === 'normal') for (const target of this.#targets.values()) this.onUntaken(target.giveBack())
    return busy
  }

  holdExpired(exchange: ClientExchange): void {
    this.#held.delete(exchange)
    this.#options.count('holdsExpired')
    const why = `no worker was ready within ${this.#options.mesh.hold.timeMs} ms`
    exchange.respond(unavailable(this.service, { code: 'MESHRT_MESH_UNAVAILABLE', why }))
  }

  /** It is over. */
  forget(exchange: ClientExchange): void {
    this.#held.delete(exchange)
  }

  close(): void {
    for (const target of this.#targets.values()) target.close()
  }

  random(): number {
    return this.#options.random()
  }

  report(change: CircuitChange): void {
    this.#options.report(change)
  }

  onChanged(): void {
    const judgement = judge(this.#route?.state === 'open' ? this.#routed : [])
    const { mode, standings } = judgement
    this.#mode = mode
    this.#eligible = this.#routed.filter((_, index) => standings[index] === 'eligible')
    this.#probes = this.#routed.filter((_, index) => standings[index] === 'probe')
    this.#tryMs = this.#routed.reduce(
      (first, { circuit, alive }) => (alive && circuit.kind === 'open' ? Math.min(first, circuit.untilMs) : first),
      Number.POSITIVE_INFINITY,
    )
    this.#whole.update(judgement, this.#tryMs)
  }

  onUntaken(exchanges: readonly ClientExchange[]): void {
    for (const exchange of exchanges) {
      if (exchange.done) continue
      this.#options.count('replays')
      exchange.recall()
      this.#send(exchange)
    }
  }

  /** A request that kills its worker must not empty the pool: only once, never onto the last worker, and within the budget. */
  onLost(taken: readonly ClientExchange[], target: RoutedTarget): void {
    for (const exchange of taken) {
      const repeatable = exchange.replayable && exchange.call.idempotent && exchange.body.kind !== 'stream'
      if (repeatable && this.#eligible.length > 1 && this.#mayRetry(exchange)) this.#send(exchange)
      else exchange.fail(targetLost(target.worker))
    }
  }

  /**
   * A target that sheds has not begun with the request, so another one may have it, whatever its method. Once, and within the
   * budget: when all are full, asking around would only add to it.
   */
  onShed(exchange: ClientExchange, target: RoutedTarget): void {
    const other = this.#selectOther(target)
    if (other !== null && this.#mayRetry(exchange)) {
      other.send(exchange)
      this.#options.onSent()
      return
    }
    exchange.respond(unavailable(this.service, { code: 'MESHRT_MESH_OVERLOADED', why: `worker ${target.worker} has as many requests as it may` }))
  }

  #send(exchange: ClientExchange): void {
    if (this.#tryMs !== Number.POSITIVE_INFINITY) this.#letTimePass()
    const probe = this.#probes[0]
    const target = probe ?? this.#select()
    if (target === null) this.#doWithout(exchange)
    else {
      if (probe === undefined) target.send(exchange)
      else probe.probe(exchange)
      this.#options.onSent()
    }
  }

  #letTimePass(): void {
    const nowMs = this.clock.nowMs()
    if (nowMs >= this.#tryMs) for (const target of this.#routed) target.wait(nowMs)
  }

  #select(): RoutedTarget | null {
    const eligible = this.#eligible
    if (eligible.length < 2) return eligible[0] ?? null
    if (this.#leastPending) return eligible[pickLeastPending(eligible, this.random(), pendingOf)] ?? null
    const cursor = this.#cursor ?? startCursor(eligible.length, this.random())
    this.#cursor = nextCursor(cursor, eligible.length)
    return eligible[cursor] ?? eligible[0] ?? null
  }

  #selectOther(than: RoutedTarget): RoutedTarget | null {
    const chosen = this.#select()
    return chosen === than ? (this.#eligible.find((target) => target !== than) ?? null) : chosen
  }

  #mayRetry(exchange: ClientExchange): boolean {
    const nowMs = this.clock.nowMs()
    this.#deposit(nowMs)
    const left = exchange.retried ? null : withdrawRetry(this.#budget, this.#options.mesh.retry, nowMs)
    if (left === null) return false
    this.#budget = left
    this.#options.count('retries')
    exchange.retried = true
    exchange.recall()
    return true
  }

  #deposit(nowMs: number): void {
    this.#budget = withRequests(this.#budget, this.#requests, nowMs)
    this.#requests = 0
  }

  /** There is no target for it. */
  #doWithout(exchange: ClientExchange): void {
    const { service } = this
    const state = this.#route?.state
    switch (state) {
      case undefined:
        exchange.fail(failure('MESHRT_MESH_UNKNOWN_SERVICE', `Cannot call "${service}": there is no such service`))
        return
      case 'denied':
        this.#options.count('denied')
        exchange.fail(failure('MESHRT_MESH_DENIED', `Cannot call "${service}": this service may not`))
        return
      case 'unroutable':
        exchange.fail(failure('MESHRT_MESH_NOT_ROUTABLE', `Cannot call "${service}": it has no server`))
        return
      case 'closed':
        exchange.respond(unavailable(service, { code: 'MESHRT_MESH_UNAVAILABLE', why: 'it is stopped or has failed' }))
        return
      case 'open':
        if (this.#mode === 'failing') this.#failFast(exchange)
        else this.#hold(exchange)
        return
      default:
        assertNever(state)
    }
  }

  #failFast(exchange: ClientExchange): void {
    this.#options.count('failedFast')
    const retryAfterMs = Number.isFinite(this.#tryMs) ? this.#tryMs - this.clock.nowMs() : 0
    exchange.respond(unavailable(this.service, { code: 'MESHRT_MESH_CIRCUIT_OPEN', why: 'every worker of it keeps failing', retryAfterMs }))
  }

  #hold(exchange: ClientExchange): void {
    const { hold } = this.#options.mesh
    if (hold.timeMs === 0 || this.#held.size >= hold.max) {
      const why = `no worker is ready and ${this.#held.size} requests are waiting`
      exchange.respond(unavailable(this.service, { code: 'MESHRT_MESH_UNAVAILABLE', why }))
      return
    }
    this.#held.add(exchange)
    exchange.hold(this.clock.nowMs() + hold.timeMs)
  }

  #releaseHeld(): void {
    if (this.#held.size === 0) return
    const held = [...this.#held]
    this.#held.clear()
    for (const exchange of held) this.#send(exchange)
  }
}
