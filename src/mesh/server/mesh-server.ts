import type { Server } from 'node:http'
import type { Clock } from '../../model/clock.ts'
import { addCuts, type Cut } from '../../model/cut.ts'
import type { WorkerKey } from '../../model/ids.ts'
import type { MeshToWorker } from '../../model/routes.ts'
import type { WorkerRow } from '../../model/worker-row.ts'
import type { Transport } from '../channel.ts'
import type { Flusher } from '../flusher.ts'
import { Admission } from './admission.ts'
import { CallerLink, type ServerContext } from './caller-link.ts'
import type { StreamBegin } from '../stream/consumer.ts'
import { SocketPool } from './fake-socket.ts'
import { watchUpgrades } from './goodbye.ts'

export interface MeshServerOptions {
  readonly row: WorkerRow | null
  readonly clock: Clock
  readonly flusher: Flusher
  readonly transport: Transport
  /** 0 = no limit. */
  readonly maxInFlight: number
  readonly streamThresholdBytes: number
  readonly uploads: StreamBegin
}

/** The target's half of the mesh: requests of all callers, handed to this worker's server. */
export class MeshServer {
  readonly #clock: Clock
  readonly #flusher: Flusher
  readonly #context: ServerContext
  readonly #links = new Set<CallerLink>()
  readonly #byCaller = new Map<WorkerKey, CallerLink>()
  #server: Server | null = null
  #draining = false
  /** What drains wait for: nothing is being handled any more, or there is no more time. */
  #idle: PromiseWithResolvers<void> | null = null

  constructor(options: MeshServerOptions) {
    this.#clock = options.clock
    this.#flusher = options.flusher
    this.#context = {
      ...options,
      admission: new Admission(options.maxInFlight),
      sockets: new SocketPool(options.clock),
      server: () => this.#server,
      onResponded: () => this.#checkIdle(),
    }
  }

  serve(server: Server): void {
    watchUpgrades(server)
    this.#server = server
  }

  accept({ from, line }: Extract<MeshToWorker, { type: 'accept' }>): void {
    const link = new CallerLink(line, {
      context: this.#context,
      onClosed: () => this.#forget(from, link),
    })
    this.#links.add(link)
    this.#byCaller.set(from, link)
    if (this.#draining) link.goAway()
  }

  callerEnded(worker: WorkerKey): void {
    this.#byCaller.get(worker)?.onClosed()
  }

  /** Done when nothing is being handled any more, or at the deadline, which breaks off the rest. Of several deadlines the soonest holds. */
  async drain({ deadlineMs }: { readonly deadlineMs: number }): Promise<{ readonly cut: Cut }> {
    this.#draining = true
    for (const link of this.#links) link.goAway()
    this.#flusher.flush()
    await this.#becomesIdle(deadlineMs)
    const cut = addCuts(...[...this.#links].map((link) => link.cut('the worker that handled the request is stopping')))
    this.#flusher.flush()
    return { cut }
  }

  close(): void {
    for (const link of this.#links) link.close()
    this.#links.clear()
    this.#byCaller.clear()
  }

  get #inFlight(): number {
    let count = 0
    for (const link of this.#links) count += link.inFlight
    return count
  }

  #becomesIdle(deadlineMs: number): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve()
    this.#idle ??= Promise.withResolvers()
    return this.#idle.promise.finally(this.#clock.schedule(deadlineMs, () => this.#endWait()))
  }

  #checkIdle(): void {
    if (this.#inFlight === 0) this.#endWait()
  }

  #endWait(): void {
    this.#idle?.resolve()
    this.#idle = null
  }

  #forget(from: WorkerKey, link: CallerLink): void {
    this.#links.delete(link)
    if (this.#byCaller.get(from) === link) this.#byCaller.delete(from)
    this.#checkIdle()
  }
}
