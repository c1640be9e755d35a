import { MeshrtError } from '../../errors/meshrt-error.ts'
import type { Clock } from '../../model/clock.ts'
import type { ServiceId, WorkerKey } from '../../model/ids.ts'
import type { RouteSnapshot, Target } from '../../model/routes.ts'
import type { MeshSpec } from '../../model/spec.ts'
import type { Transport } from '../channel.ts'
import { routeOf } from '../route-table.ts'
import { pickRoundRobin, startCursor } from '../selection.ts'
import { withEndedLength, type MeshCall } from './dispatch-options.ts'
import { failure, targetLost } from './errors.ts'
import { ClientExchange, type ExchangeHost } from './exchange.ts'
import type { ResponseSink } from './handlers.ts'
import { InFlightList } from './in-flight-list.ts'
import { collectBody } from './request-body.ts'
import { Sweeper } from './sweeper.ts'
import { TargetLink } from './target-link.ts'
import { unavailable } from './unavailable.ts'

export interface MeshClientOptions {
  readonly mesh: MeshSpec
  readonly snapshot: RouteSnapshot
  readonly clock: Clock
  readonly transport: Transport
}

/** The caller's half of the mesh: finds a target for every request, holds it while there is none, sends it again when its target is lost. */
export class MeshClient implements ExchangeHost {
  readonly #options: MeshClientOptions
  readonly #links = new Map<WorkerKey, TargetLink>()
  readonly #lost = new Set<WorkerKey>()
  readonly #cursors = new Map<string, number>()
  readonly #held = new Map<string, Set<ClientExchange>>()
  readonly #active = new InFlightList<ClientExchange>()
  readonly #sweeper: Sweeper
  readonly #isUsable = (target: Target): boolean => !this.#lost.has(target.worker) && this.#links.get(target.worker)?.usable !== false
  #snapshot: RouteSnapshot
  #closed = false

  constructor(options: MeshClientOptions) {
    this.#options = options
    this.#snapshot = options.snapshot
    this.#sweeper = new Sweeper(options.clock, this.#active)
  }

  /** Everything that happens to the call is told to the sink. */
  submit(call: MeshCall, sink: ResponseSink): void {
    const exchange = new ClientExchange(call, sink, this)
    this.#active.add(exchange)
    if (!exchange.start()) return
    if (this.#closed) exchange.fail(failure('MESHRT_MESH_ABORTED', `Cannot call "${call.service}": this worker is ending`))
    else if (this.#isCollectable(exchange)) void this.#collect(exchange)
    else if (exchange.body.kind === 'stream' && exchange.body.lengthBytes === null) queueMicrotask(() => this.#submitStreamed(exchange))
    else this.#route(exchange)
  }

  /** In the turn of the call its source may have ended. */
  #submitStreamed(exchange: ClientExchange): void {
    if (exchange.done) return
    exchange.body = withEndedLength(exchange.call)
    if (this.#isCollectable(exchange)) void this.#collect(exchange)
    else this.#route(exchange)
  }

  /** Why nothing can be sent to the service, whatever becomes of its targets; null when there is a way. */
  refusal(service: string): MeshrtError | null {
    const route = routeOf(this.#snapshot, service)
    if (route === undefined) return failure('MESHRT_MESH_UNKNOWN_SERVICE', `Cannot call "${service}": there is no such service`)
    if (route.state === 'unroutable') return failure('MESHRT_MESH_NOT_ROUTABLE', `Cannot call "${service}": it has no server`)
    return null
  }

  update(snapshot: RouteSnapshot): void {
    this.#snapshot = snapshot
    for (const worker of this.#lost) if (!isRouted(snapshot, worker)) this.#lost.delete(worker)
    for (const [service, held] of this.#held) {
      if (routeOf(snapshot, service)?.state === 'open' && !this.#hasTarget(service)) continue
      this.#held.delete(service)
      for (const exchange of held) this.#route(exchange)
    }
  }

  targetEnded(worker: WorkerKey): void {
    this.#links.get(worker)?.targetEnded()
  }

  close(): void {
    this.#closed = true
    this.#sweeper.close()
    for (const exchange of this.#active)
      exchange.abort(failure('MESHRT_MESH_ABORTED', 'Cannot complete the request: this worker is ending'))
    for (const link of this.#links.values()) link.close()
    this.#links.clear()
  }

  nowMs(): number {
    return this.#options.clock.nowMs()
  }

  onDeadline(deadlineMs: number): void {
    this.#sweeper.expect(deadlineMs)
  }

  onHoldExpired(exchange: ClientExchange): void {
    this.#held.get(exchange.call.service)?.delete(exchange)
    exchange.respond(unavailable(exchange.call.service, `no worker was ready within ${this.#options.mesh.hold.timeMs} ms`))
  }

  onDone(exchange: ClientExchange, end: 'complete' | 'cancelled'): void {
    this.#active.remove(exchange)
    if (exchange.stage === 'held') this.#held.get(exchange.call.service)?.delete(exchange)
    if (exchange.worker !== null) this.#links.get(exchange.worker)?.release(exchange, end)
  }

  #route(exchange: ClientExchange): void {
    const { service } = exchange.call
    const route = routeOf(this.#snapshot, service)
    const refusal = this.refusal(service)
    if (refusal !== null) {
      exchange.fail(refusal)
      return
    }
    switch (route?.state) {
      case undefined:
      case 'unroutable':
        return
      case 'closed':
        exchange.respond(unavailable(service, 'it is stopped or has failed'))
        return
      case 'open': {
        const target = this.#select(service, route.targets)
        if (target === null) this.#hold(exchange)
        else this.#link(target.worker).send(exchange)
        return
      }
    }
  }

  #select(service: string, targets: readonly Target[]): Target | null {
    const cursor = this.#cursors.get(service) ?? startCursor(targets.length, Math.random())
    const index = pickRoundRobin(targets, cursor, this.#isUsable)
    if (index < 0) return null
    this.#cursors.set(service, index + 1)
    return targets[index] ?? null
  }

  #hasTarget(service: string): boolean {
    return this.#countUsable(service) > 0
  }

  #countUsable(service: string): number {
    return routeOf(this.#snapshot, service)?.targets.filter(this.#isUsable).length ?? 0
  }

  #hold(exchange: ClientExchange): void {
    const { service } = exchange.call
    const { hold } = this.#options.mesh
    const held = this.#held.get(service) ?? new Set()
    if (hold.timeMs === 0 || held.size >= hold.max) {
      exchange.respond(unavailable(service, `no worker is ready and ${held.size} requests are waiting`))
      return
    }
    this.#held.set(service, held)
    held.add(exchange)
    exchange.hold(this.nowMs() + hold.timeMs)
  }

  #link(worker: WorkerKey): TargetLink {
    const known = this.#links.get(worker)
    if (known !== undefined) return known
    const link = new TargetLink({
      worker,
      transport: this.#options.transport,
      onGoAway: (untaken) => this.#replay(untaken),
      onLost: (lost) => this.#onLost(worker, lost),
    })
    this.#links.set(worker, link)
    return link
  }

  #onLost(worker: WorkerKey, lost: { readonly untaken: readonly ClientExchange[]; readonly taken: readonly ClientExchange[] }): void {
    this.#links.delete(worker)
    this.#lost.add(worker)
    this.#replay(lost.untaken)
    for (const exchange of lost.taken) this.#retryOrFail(exchange, worker)
  }

  #replay(exchanges: readonly ClientExchange[]): void {
    for (const exchange of exchanges) {
      if (exchange.done) continue
      exchange.recall()
      this.#route(exchange)
    }
  }

  /** A request that kills its worker must not empty the pool: only once, and never onto the last worker. */
  #retryOrFail(exchange: ClientExchange, worker: WorkerKey): void {
    const { call, body } = exchange
    const repeatable = exchange.replayable && call.idempotent && body.kind !== 'stream' && !exchange.retried
    if (!repeatable || this.#countUsable(call.service) < 2) {
      exchange.fail(targetLost(worker))
      return
    }
    exchange.retried = true
    this.#replay([exchange])
  }

  #isCollectable(exchange: ClientExchange): boolean {
    const { body } = exchange
    return body.kind === 'stream' && body.lengthBytes !== null && body.lengthBytes <= this.#options.mesh.streamThresholdBytes
  }

  /** A small body of known length, though handed over as a stream (as fetch does with every body), travels in the frame. Never rejects. */
  async #collect(exchange: ClientExchange): Promise<void> {
    const { body } = exchange
    if (body.kind !== 'stream' || body.lengthBytes === null) return
    try {
      exchange.body = await collectBody(body, body.lengthBytes)
      if (!exchange.done) this.#route(exchange)
    } catch (error) {
      exchange.abort(
        error instanceof Error ? error : new MeshrtError('MESHRT_MESH_ABORTED', `Cannot read the request body: ${String(error)}`),
      )
    }
  }
}

function isRouted(snapshot: RouteSnapshot, worker: WorkerKey): boolean {
  const routes = Object.keys(snapshot.services) as ServiceId[]
  return routes.some((service) => routeOf(snapshot, service)?.targets.some((target) => target.worker === worker))
}
