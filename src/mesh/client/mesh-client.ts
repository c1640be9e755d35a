import { MeshrtError } from '../../errors/meshrt-error.ts'
import type { Clock } from '../../model/clock.ts'
import { serviceOfKey, type ServiceId, type WorkerKey } from '../../model/ids.ts'
import type { CircuitChange, RouteSnapshot } from '../../model/routes.ts'
import type { MeshSpec } from '../../model/spec.ts'
import type { WorkerRow } from '../../model/worker-row.ts'
import type { Transport } from '../channel.ts'
import { routeOf } from '../route-table.ts'
import { withEndedLength } from './undici/dispatch-options.ts'
import type { MeshCall } from './call.ts'
import { failure } from './errors.ts'
import { ClientExchange, type ExchangeHost } from './exchange.ts'
import type { ResponseSink } from './sink.ts'
import { InFlightList } from './in-flight-list.ts'
import { refusalOf } from './routing/refusal.ts'
import { collectBody } from './request-body.ts'
import type { Moment } from './routing/routed-target.ts'
import { ServiceRouter, type RouterOptions } from './routing/service-router.ts'
import { StallWatch } from './routing/stall-watch.ts'
import { Sweeper } from './sweeper.ts'

export interface MeshClientOptions {
  readonly mesh: MeshSpec
  readonly snapshot: RouteSnapshot
  readonly clock: Clock
  readonly transport: Transport
  /** Counts what the mesh does about trouble. */
  readonly row: WorkerRow | null
  readonly onCircuit: (change: CircuitChange) => void
  readonly onStuck: (target: WorkerKey, stuck: boolean) => void
}

/** The caller's half of the mesh: every request finds its way through the router of its service. */
export class MeshClient implements ExchangeHost {
  readonly #options: MeshClientOptions
  readonly #routing: RouterOptions
  readonly #routers = new Map<string, ServiceRouter>()
  readonly #active = new InFlightList<ClientExchange>()
  readonly #sweeper: Sweeper
  readonly #watch: StallWatch
  #snapshot: RouteSnapshot
  #closed = false

  constructor(options: MeshClientOptions) {
    const { mesh, clock, transport, row } = options
    this.#options = options
    this.#snapshot = options.snapshot
    this.#sweeper = new Sweeper(clock, this.#active)
    this.#watch = new StallWatch({ clock, stuckAfterMs: mesh.stuckAfterMs, look: (moment) => this.#look(moment) })
    this.#routing = {
      mesh,
      clock,
      transport,
      random: Math.random,
      count: (counter) => row?.count(counter),
      report: options.onCircuit,
      reportStuck: options.onStuck,
      watch: () => this.#watch.start(),
    }
  }

  /** Everything that happens to the call is told to the sink. `only`: no other worker may answer it. */
  submit(call: MeshCall, sink: ResponseSink, only: WorkerKey | null = null): void {
    const exchange = new ClientExchange(call, sink, this, only)
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
    const refusal = refusalOf(service, routeOf(this.#snapshot, service))
    if (refusal?.code === 'MESHRT_MESH_DENIED') this.#routing.count('denied')
    return refusal
  }

  update(snapshot: RouteSnapshot): void {
    this.#snapshot = snapshot
    for (const [service, router] of this.#routers) router.update(routeOf(snapshot, service))
  }

  targetEnded(worker: WorkerKey): void {
    this.#routers.get(serviceOfKey(worker))?.targetEnded(worker)
  }

  close(): void {
    this.#closed = true
    this.#sweeper.close()
    this.#watch.close()
    for (const exchange of this.#active)
      exchange.abort(failure('MESHRT_MESH_ABORTED', 'Cannot complete the request: this worker is ending'))
    for (const router of this.#routers.values()) router.close()
    this.#routers.clear()
  }

  nowMs(): number {
    return this.#options.clock.nowMs()
  }

  onDeadline(deadlineMs: number): void {
    this.#sweeper.expect(deadlineMs)
  }

  onHoldExpired(exchange: ClientExchange): void {
    this.#routers.get(exchange.call.service)?.holdExpired(exchange)
  }

  onTimedOut(exchange: ClientExchange): void {
    exchange.carrier?.timedOut(exchange)
  }

  onDone(exchange: ClientExchange, end: 'complete' | 'cancelled'): void {
    this.#active.remove(exchange)
    if (exchange.stage === 'held') this.#routers.get(exchange.call.service)?.forget(exchange)
    exchange.carrier?.release(exchange, end)
  }

  #route(exchange: ClientExchange): void {
    const { service } = exchange.call
    const router = this.#routers.get(service) ?? this.#open(service)
    if (router !== null) router.submit(exchange)
    else exchange.fail(failure('MESHRT_MESH_UNKNOWN_SERVICE', `Cannot call "${service}": there is no such service`))
  }

  /** Only services that exist have a router: host names are anybody's. */
  #open(service: string): ServiceRouter | null {
    const route = routeOf(this.#snapshot, service)
    if (route === undefined) return null
    const router = new ServiceRouter(service as ServiceId, this.#routing)
    router.update(route)
    this.#routers.set(service, router)
    return router
  }

  #look(moment: Moment): boolean {
    let busy = false
    for (const router of this.#routers.values()) busy = router.look(moment) || busy
    return busy
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
