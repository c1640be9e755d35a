import type { Server } from 'node:http'
import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Clock } from '../model/clock.ts'
import type { Cut } from '../model/cut.ts'
import type { ServiceId, WorkerKey } from '../model/ids.ts'
import type { CircuitChange, MeshToWorker, RouteSnapshot } from '../model/routes.ts'
import type { MeshSpec } from '../model/spec.ts'
import type { WorkerRow } from '../model/worker-row.ts'
import { assertNever } from '../model/assert-never.ts'
import { opensTunnel, toMeshCall, type DispatchOptions } from './client/undici/dispatch-options.ts'
import type { CallDefaults, MeshCall } from './client/call.ts'
import { installClients } from './client/install.ts'
import { toSink, type DispatchHandler } from './client/undici/handlers.ts'
import type { ResponseSink } from './client/sink.ts'
import { MeshClient } from './client/mesh-client.ts'
import { requestWhole, type MeshRequest, type MeshResponse } from './client/request.ts'
import { Flusher } from './flusher.ts'
import { OriginCache, serviceOfHost, type Destination } from './host.ts'
import { MeshServer } from './server/mesh-server.ts'
import type { MeshLink } from './mesh-link.ts'
import { MeshTransport, type Surroundings } from './transport.ts'

export interface MeshEndpointOptions {
  readonly self: WorkerKey
  /** What this worker serves; null for one that only calls. */
  readonly service: ServiceId | null
  readonly mesh: MeshSpec
  readonly snapshot: RouteSnapshot
  /** Counts the requests that are served here. */
  readonly row: WorkerRow | null
  readonly link: MeshLink
  readonly surroundings: Surroundings
  readonly clock: Clock
}

/** A worker's place in the mesh. */
export interface MeshEndpoint {
  receive(message: MeshToWorker): void
  /** Requests are emitted on the server as its own; it need not listen. */
  serve(server: Server): void
  /** Lets global fetch, npm undici, node:http and whatever opens connections reach the mesh. */
  installClients(): void
  /** undici's `dispatch()`. Takes mesh hosts only: anything else is answered with an error. */
  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean
  /** @throws MeshrtError with the mesh's code. A 503 of the mesh's own is a response. */
  request(options: MeshRequest): Promise<MeshResponse>
  /** To be called when no more is routed here: what still comes is sent back to be answered elsewhere, what is under way is finished, or cut at the deadline. */
  drain(options: { readonly deadlineMs: number }): Promise<{ readonly cut: Cut }>
  close(): void
}

export function createMeshEndpoint(options: MeshEndpointOptions): MeshEndpoint {
  return new Endpoint(options)
}

interface Whereto {
  readonly to: Destination
  readonly sink: ResponseSink
  /** Null = whichever worker is next. */
  readonly only: WorkerKey | null
}

/** To hand over what was written last, also when there is no time left for requests. */
const LAST_WRITES_MS = 500
const FLUSH_LOOK_MS = 5

class Endpoint implements MeshEndpoint {
  readonly #options: MeshEndpointOptions
  readonly #client: MeshClient
  readonly #server: MeshServer
  readonly #transport: MeshTransport
  readonly #flusher = new Flusher()
  readonly #origins: OriginCache
  readonly #defaults: CallDefaults
  #version: number
  #uninstall: (() => void) | null = null
  #closed = false

  constructor(options: MeshEndpointOptions) {
    const { mesh, snapshot, clock, link, row } = options
    this.#options = options
    this.#version = snapshot.version
    this.#origins = new OriginCache(mesh.domain)
    this.#defaults = {
      headersTimeoutMs: mesh.timeouts.headersMs,
      bodyTimeoutMs: mesh.timeouts.bodyIdleMs,
      streamThresholdBytes: mesh.streamThresholdBytes,
    }
    const { streamThresholdBytes, maxInFlight } = mesh
    const { surroundings } = options
    this.#transport = new MeshTransport({ link, flusher: this.#flusher, surroundings, clock, streamThresholdBytes })
    const transport = this.#transport
    const onCircuit = (change: CircuitChange) => link.send({ type: 'circuit', change })
    const onStuck = (target: WorkerKey, stuck: boolean) => link.send({ type: 'stuck', target, stuck })
    this.#client = new MeshClient({ mesh, snapshot, clock, transport, row, onCircuit, onStuck })
    this.#server = new MeshServer({ row, clock, transport, flusher: this.#flusher, streamThresholdBytes, maxInFlight, uploads: 'at-once' })
  }

  receive(message: MeshToWorker): void {
    if (this.#closed) {
      if (message.type === 'accept' && message.line.kind === 'port') message.line.port.close()
      return
    }
    switch (message.type) {
      case 'snapshot':
        if (message.snapshot.version > this.#version) {
          this.#version = message.snapshot.version
          this.#client.update(message.snapshot)
        }
        this.#options.link.send({ type: 'ack', version: this.#version })
        return
      case 'accept':
        this.#server.accept(message)
        return
      case 'gone':
        this.#client.targetEnded(message.worker)
        this.#server.callerEnded(message.worker)
        this.#transport.ended(message.worker)
        return
      default:
        assertNever(message)
    }
  }

  serve(server: Server): void {
    this.#server.serve(server)
  }

  installClients(): void {
    const domain = this.#options.mesh.domain.toLowerCase()
    this.#uninstall ??= installClients({
      defaults: this.#defaults,
      resolve: (origin) => this.#origins.resolve(origin),
      serviceOf: (host) => serviceOfHost(host, domain),
      refusal: (service) => this.#client.refusal(service),
      takes: (options) => this.#takes(options),
      dispatch: (options, handler) => this.dispatch(options, handler),
      submit: (call, sink) => this.#client.submit(call, sink),
    })
  }

  dispatch(options: DispatchOptions, handler: DispatchHandler): boolean {
    this.#submit(options, { to: this.#destinationOf(options), sink: toSink(handler), only: null })
    return true
  }

  request(request: MeshRequest): Promise<MeshResponse> {
    const to: Destination = { kind: 'mesh', service: request.service, host: `${request.service}${this.#options.mesh.domain}` }
    return requestWhole(request, {
      clock: this.#options.clock,
      submit: (options, sink) =>
        this.#submit({ ...options, headersTimeout: 0, bodyTimeout: 0 }, { to, sink, only: request.worker ?? null }),
    })
  }

  async drain(options: { readonly deadlineMs: number }): Promise<{ readonly cut: Cut }> {
    const { clock } = this.#options
    const untilMs = clock.nowMs() + Math.max(options.deadlineMs, LAST_WRITES_MS)
    const report = await this.#server.drain(options)
    // A process may end right after this, and what is not the system's by then is lost.
    while (!this.#transport.isFlushed && clock.nowMs() < untilMs) {
      await new Promise<void>((resolve) => void clock.schedule(FLUSH_LOOK_MS, resolve))
    }
    return report
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#uninstall?.()
    this.#client.close()
    this.#server.close()
    this.#transport.close()
    this.#flusher.flush()
  }

  #takes(options: DispatchOptions): boolean {
    const { kind } = this.#destinationOf(options)
    // An upgrade goes to the dispatcher that was there before: its connection comes back to the mesh, as a tunnel.
    return kind === 'secure' || (kind === 'mesh' && !opensTunnel(options))
  }

  #destinationOf({ origin }: DispatchOptions): Destination {
    return this.#origins.resolve(typeof origin === 'string' ? origin : (origin?.origin ?? ''))
  }

  #submit(options: DispatchOptions, where: Whereto): void {
    const { to, sink, only } = where
    switch (to.kind) {
      case 'foreign':
        sink.error(new MeshrtError('MESHRT_MESH_UNKNOWN_SERVICE', `Cannot call "${String(options.origin)}": the host is not in the mesh`))
        return
      case 'secure':
        sink.error(new MeshrtError('MESHRT_MESH_HTTPS', `Cannot call "${to.host}" over TLS: the mesh is not a network`))
        return
      case 'mesh': {
        const call = this.#toCall(options, to)
        if (call instanceof Error) sink.error(call)
        else this.#client.submit(call, sink, only)
      }
    }
  }

  #toCall(options: DispatchOptions, to: { readonly service: string; readonly host: string }): MeshCall | Error {
    try {
      return toMeshCall(options, { ...to, defaults: this.#defaults })
    } catch (error) {
      return error instanceof Error ? error : new MeshrtError('MESHRT_MESH_INVALID_REQUEST', String(error))
    }
  }
}
