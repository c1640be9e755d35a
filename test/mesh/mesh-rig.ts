import { EventEmitter, once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { Worker } from 'node:worker_threads'
import { MeshCoordinator } from '../../src/mesh/coordinator.ts'
import { createMeshEndpoint, type MeshEndpoint } from '../../src/mesh/endpoint.ts'
import type { MeshLink } from '../../src/mesh/mesh-link.ts'
import type { Surroundings } from '../../src/mesh/transport.ts'
import type { Clock } from '../../src/model/clock.ts'
import type { EventOf, RuntimeEvent } from '../../src/model/events.ts'
import { formatWorkerId, serviceId, serviceOfKey, type WorkerId, type WorkerKey } from '../../src/model/ids.ts'
import type { MeshFromWorker } from '../../src/model/routes.ts'
import type { MeshSpec } from '../../src/model/spec.ts'
import { WorkerRow } from '../../src/model/worker-row.ts'
import type { Cut } from '../../src/model/cut.ts'
import { PLACE, surroundings } from './surroundings.ts'

export const realClock: Clock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  schedule: (delayMs, task) => {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
}

export const MESH: MeshSpec = {
  domain: '.plt.local',
  hold: { timeMs: 5_000, max: 1_000 },
  timeouts: { headersMs: 30_000, bodyIdleMs: 0 },
  selection: 'round-robin',
  // On a machine that is busy with other tests, a worker may take nothing for a while without anything being wrong.
  stuckAfterMs: 10_000,
  retry: { budget: 0.2, minPerSecond: 10 },
  circuit: { failures: 5, openForMs: 1000, maxOpenForMs: 30_000 },
  maxInFlight: 0,
  deny: {},
  streamThresholdBytes: 32_768,
}

export interface PuppetData {
  readonly self: WorkerKey
  readonly service: string
  readonly mesh: MeshSpec
  readonly snapshot: MeshCoordinator['snapshot']
  readonly row: SharedArrayBuffer
  /** One Int32: `/stall` stands still until it is not 0. */
  readonly gate: SharedArrayBuffer
}

export type ToPuppet =
  | { readonly kind: 'mesh'; readonly message: Parameters<MeshEndpoint['receive']>[0] }
  | { readonly kind: 'drain'; readonly deadlineMs: number }
  | { readonly kind: 'release' }
  | { readonly kind: 'stall' }

export type FromPuppet =
  | { readonly kind: 'mesh'; readonly message: MeshFromWorker }
  | { readonly kind: 'ready' | 'stalling' | 'awake' }
  | { readonly kind: 'drained'; readonly cut: Cut }
  | { readonly kind: 'saw'; readonly what: string; readonly id: string }

/** A coordinator with any number of endpoints, in this thread or in threads of their own. */
export class MeshRig {
  readonly coordinator: MeshCoordinator
  /** What the coordinator has told, without the routes. */
  readonly events: RuntimeEvent[] = []
  readonly #mesh: MeshSpec
  readonly #clock: Clock
  readonly #surroundings: Surroundings
  readonly #told = new EventEmitter()
  readonly #closers: (() => unknown)[] = []

  constructor(options: { readonly mesh?: Partial<MeshSpec>; readonly clock?: Clock; readonly surroundings?: Surroundings } = {}) {
    this.#mesh = { ...MESH, ...options.mesh }
    this.#surroundings = options.surroundings ?? surroundings
    this.#clock = options.clock ?? realClock
    this.coordinator = new MeshCoordinator({
      clock: this.#clock,
      emit: (event) => this.#heard(event),
      ackDeadlineMs: 250,
      deny: this.#mesh.deny,
    })
  }

  /** An endpoint in this thread that only calls. */
  caller(name = 'caller/0#1', row: WorkerRow | null = null): MeshEndpoint {
    return this.#endpoint(name as WorkerKey, row)
  }

  /** The next event of that type, told already or not. */
  async event<T extends RuntimeEvent['type']>(type: T): Promise<EventOf<T>> {
    for (;;) {
      const index = this.events.findIndex((event) => event.type === type)
      const [found] = index < 0 ? [] : this.events.splice(index, 1)
      if (found !== undefined) return found as EventOf<T>
      await once(this.#told, 'event', { signal: AbortSignal.timeout(10_000) })
    }
  }

  /** An endpoint in this thread that serves, routed. */
  async serve(
    service: string,
    listener: RequestListener | Server,
    slot = 0,
  ): Promise<{ endpoint: MeshEndpoint; row: WorkerRow; worker: WorkerId }> {
    const worker: WorkerId = { service: serviceId(service), slot, generation: 1 }
    const row = new WorkerRow()
    const endpoint = this.#endpoint(formatWorkerId(worker), row)
    endpoint.serve(typeof listener === 'function' ? createServer(listener) : listener)
    await this.coordinator.route(worker, { row: row.shared, place: PLACE })
    return { endpoint, row, worker }
  }

  /** A worker thread that serves `puppet.ts`, not yet routed. */
  async puppet(service: string, slot = 0): Promise<Puppet> {
    const worker: WorkerId = { service: serviceId(service), slot, generation: 1 }
    const self = formatWorkerId(worker)
    const row = new WorkerRow()
    const gate = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)
    const workerData: PuppetData = {
      self,
      service,
      mesh: this.#mesh,
      snapshot: this.coordinator.snapshotFor(worker.service),
      row: row.shared,
      gate,
    }
    const thread = new Worker(new URL('./puppet.ts', import.meta.url), { workerData })
    const puppet = new Puppet(thread, { worker, row, gate, coordinator: this.coordinator })
    this.#closers.push(() => thread.terminate())
    thread.on('message', (message: FromPuppet) => {
      if (message.kind === 'mesh') this.coordinator.receive(self, message.message)
      else puppet.heard(message)
    })
    // Some tests let it throw; that it ended is heard below.
    thread.on('error', () => {})
    thread.on('exit', () => this.coordinator.leave(self))
    this.coordinator.join(self, {
      send: (message, transfer) => thread.postMessage({ kind: 'mesh', message } satisfies ToPuppet, transfer as never),
    })
    this.coordinator.up(self)
    await puppet.next('ready')
    return puppet
  }

  #heard(event: RuntimeEvent): void {
    if (event.type === 'route.published') return
    this.events.push(event)
    this.#told.emit('event')
  }

  async close(): Promise<void> {
    for (const close of this.#closers.toReversed()) await close()
  }

  #endpoint(self: WorkerKey, row: WorkerRow | null): MeshEndpoint {
    const link: MeshLink = { send: (message) => this.coordinator.receive(self, message) }
    const endpoint: MeshEndpoint = createMeshEndpoint({
      self,
      service: null,
      mesh: this.#mesh,
      snapshot: this.coordinator.snapshotFor(serviceOfKey(self)),
      row,
      link,
      surroundings: this.#surroundings,
      clock: this.#clock,
    })
    this.coordinator.join(self, { send: (message) => endpoint.receive(message) })
    this.coordinator.up(self)
    this.#closers.push(() => endpoint.close())
    return endpoint
  }
}

/** The test's hold on a worker thread. */
export class Puppet {
  readonly thread: Worker
  readonly worker: WorkerId
  readonly row: WorkerRow
  readonly #gate: Int32Array
  readonly #coordinator: MeshCoordinator
  readonly #heard: FromPuppet[] = []
  #waiting: { readonly matches: (message: FromPuppet) => boolean; readonly resolve: (message: FromPuppet) => void }[] = []

  constructor(
    thread: Worker,
    options: {
      readonly worker: WorkerId
      readonly row: WorkerRow
      readonly gate: SharedArrayBuffer
      readonly coordinator: MeshCoordinator
    },
  ) {
    this.thread = thread
    this.worker = options.worker
    this.row = options.row
    this.#gate = new Int32Array(options.gate)
    this.#coordinator = options.coordinator
  }

  get name(): string {
    return formatWorkerId(this.worker)
  }

  route(): Promise<void> {
    return this.#coordinator.route(this.worker, { row: this.row.shared, place: PLACE })
  }

  /** When it has done what it was asked before, all that it has said about that has been heard. */
  async caughtUp(): Promise<void> {
    this.send({ kind: 'stall' })
    await this.next('stalling')
    this.wake()
    await this.next('awake')
  }

  /** Ends a `/stall` or `stall`. */
  wake(): void {
    Atomics.store(this.#gate, 0, 1)
    Atomics.notify(this.#gate, 0)
  }

  send(message: ToPuppet): void {
    this.thread.postMessage(message, [])
  }

  heard(message: FromPuppet): void {
    const waiting = this.#waiting.find(({ matches }) => matches(message))
    if (waiting === undefined) this.#heard.push(message)
    else {
      this.#waiting = this.#waiting.filter((one) => one !== waiting)
      waiting.resolve(message)
    }
  }

  next<K extends FromPuppet['kind']>(kind: K): Promise<Extract<FromPuppet, { kind: K }>> {
    return this.#next((message) => message.kind === kind) as Promise<Extract<FromPuppet, { kind: K }>>
  }

  /** The ids of all requests of which it has said so, and nobody waited for. */
  heardAll(what: string): readonly string[] {
    return this.#heard.flatMap((message) => (message.kind === 'saw' && message.what === what ? [message.id] : []))
  }

  saw(what: string): Promise<FromPuppet> {
    return this.#next((message) => message.kind === 'saw' && message.what === what)
  }

  #next(matches: (message: FromPuppet) => boolean): Promise<FromPuppet> {
    const index = this.#heard.findIndex(matches)
    const [already] = index < 0 ? [] : this.#heard.splice(index, 1)
    if (already !== undefined) return Promise.resolve(already)
    return new Promise((resolve) => this.#waiting.push({ matches, resolve }))
  }
}
