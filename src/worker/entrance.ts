import type { AddressInfo } from 'node:net'
import type { DrainReport, DrainTerms, IngressGrant } from '../itc/protocol.ts'
import type { Clock } from '../model/clock.ts'
import { NOTHING_CUT } from '../model/cut.ts'
import type { WorkerRow } from '../model/worker-row.ts'
import { addressOf, claimDescriptor, openAcceptor, type AcceptSource, type Acceptor, type BoundHandle } from './acceptor.ts'
import { ServerConnections } from './server-connections.ts'
import type { WebServer } from './web-server.ts'

interface EntranceOptions {
  readonly row: WorkerRow
  readonly clock: Clock
  readonly warn: (message: string) => void
}

interface Hosted {
  readonly server: WebServer
  readonly connections: ServerConnections
}

/** The TCP side of a worker of the entrypoint: accepts on the sockets that the runtime lends it, for the service's server. */
export class Entrance {
  /** Known before anything listens, unless the worker has to bind by itself. */
  readonly address: AddressInfo | null
  readonly #source: AcceptSource
  readonly #options: EntranceOptions
  readonly #acceptors: Acceptor[] = []
  /** Sockets of siblings' slots that nobody serves, and what accepts from them; null before there is a server. */
  readonly #adopted = new Map<number, { readonly handle: BoundHandle; acceptor: Acceptor | null }>()
  #hosted: Hosted | null = null
  #opened: Promise<AddressInfo> | null = null
  #closed = false

  constructor(grant: IngressGrant, options: EntranceOptions) {
    this.#options = options
    if (grant.kind === 'descriptor') {
      const handle = claimDescriptor(grant.fd, options.row)
      this.#source = handle
      this.address = addressOf(handle)
    } else {
      this.#source = { host: grant.hostname, port: grant.port }
      this.address = null
    }
  }

  /** The server that connections are for. They come as soon as `accept()` is called. */
  host(server: WebServer): void {
    this.#hosted = { server, connections: new ServerConnections(server, this.#options) }
  }

  get isHosting(): boolean {
    return this.#hosted !== null
  }

  /** From here on TCP requests reach the server. */
  accept(): Promise<AddressInfo> {
    this.#opened ??= this.#open()
    return this.#opened
  }

  async #open(): Promise<AddressInfo> {
    if (this.#hosted === null) throw new Error('Cannot accept connections: there is no server')
    const acceptor = await this.#openAcceptor(this.#source, this.#hosted)
    if (this.#closed) acceptor.close()
    else this.#acceptors.push(acceptor)
    for (const slot of this.#adopted.keys()) {
      // A failure must not end a worker that serves well.
      this.#acceptAdopted(slot, this.#hosted).catch((error: unknown) => this.#options.warn(String(error)))
    }
    return acceptor.address
  }

  /** Also accepts from this socket, the one of a sibling's slot that nobody serves. Rejects when it cannot, and has let go of it then. */
  async adopt(slot: number, socket: number | BoundHandle): Promise<void> {
    const handle = typeof socket === 'number' ? claimDescriptor(socket, this.#options.row) : socket
    if (this.#closed) {
      handle.close()
      throw new Error(`Cannot accept from the socket of slot ${slot}: this worker accepts no more`)
    }
    this.release(slot)
    this.#adopted.set(slot, { handle, acceptor: null })
    if (this.#hosted !== null && this.#opened !== null) await this.#acceptAdopted(slot, this.#hosted)
  }

  /** The slot is served again. Closing one of several descriptors of a socket leaves its waiting connections alone. */
  release(slot: number): void {
    const adopted = this.#adopted.get(slot)
    this.#adopted.delete(slot)
    if (adopted) (adopted.acceptor ?? adopted.handle).close()
  }

  /** The service has closed its server by itself: nobody shall be accepted for it any more. */
  serverClosed(server: WebServer): void {
    if (this.#hosted?.server === server) this.#stopAccepting()
  }

  /** Again while it drains: with less time. */
  async drain(terms: DrainTerms): Promise<DrainReport> {
    this.#stopAccepting()
    return this.#hosted === null ? { cut: NOTHING_CUT } : this.#hosted.connections.drain(terms)
  }

  /** Lets go of all sockets that listen; connections stay. */
  close(): void {
    this.#stopAccepting()
    this.#hosted?.connections.close()
  }

  async #acceptAdopted(slot: number, hosted: Hosted): Promise<void> {
    const adopted = this.#adopted.get(slot)
    if (!adopted) return
    try {
      const acceptor = await this.#openAcceptor(adopted.handle, hosted)
      // Released, or given up, while it was being opened.
      if (this.#adopted.get(slot) === adopted) adopted.acceptor = acceptor
      else acceptor.close()
    } catch (error) {
      if (this.#adopted.get(slot) === adopted) this.release(slot)
      throw error
    }
  }

  #openAcceptor(source: AcceptSource, { server, connections }: Hosted): Promise<Acceptor> {
    return openAcceptor(source, { server, onConnection: (socket) => connections.track(socket) })
  }

  #stopAccepting(): void {
    this.#closed = true
    for (const slot of this.#adopted.keys()) this.release(slot)
    for (const acceptor of this.#acceptors.splice(0)) acceptor.close()
  }
}
