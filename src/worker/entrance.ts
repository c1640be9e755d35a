import type { ServerHttp2Session } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { DrainReport, DrainTerms, IngressGrant } from '../itc/protocol.ts'
import { watchUpgrades } from '../mesh/server/goodbye.ts'
import type { Clock } from '../model/clock.ts'
import { NOTHING_CUT } from '../model/cut.ts'
import type { WorkerRow } from '../model/worker-row.ts'
import { addressOf, claimDescriptor, openAcceptor, type AcceptSource, type Acceptor, type BoundHandle } from './acceptor.ts'
import { ConnectionTracker } from './connection-tracker.ts'
import { Drain, type DrainTime } from './drain.ts'
import type { WebServer } from './web-server.ts'

interface EntranceOptions {
  readonly row: WorkerRow
  readonly clock: Clock
  readonly warn: (message: string) => void
}

interface Hosted {
  readonly server: WebServer
  readonly tracker: ConnectionTracker
}

/** The TCP side of a worker of the entrypoint: accepts on the sockets that the runtime lends it, for the service's server. */
export class Entrance {
  /** Known before anything listens, unless the worker has to bind by itself. */
  readonly address: AddressInfo | null
  readonly #source: AcceptSource
  readonly #options: EntranceOptions
  readonly #acceptors: Acceptor[] = []
  readonly #http2Sessions = new Set<ServerHttp2Session>()
  /** Sockets of siblings' slots that nobody serves, and what accepts from them; null before there is a server. */
  readonly #adopted = new Map<number, { readonly handle: BoundHandle; acceptor: Acceptor | null }>()
  #hosted: Hosted | null = null
  #opened: Promise<AddressInfo> | null = null
  #drain: Drain | null = null
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
    const { row, clock } = this.#options
    const tracker = new ConnectionTracker(server, {
      row,
      nowMs: () => clock.nowMs(),
      listener: {
        requestStarted: (connection, response) => this.#drain?.requestStarted(connection, response),
        requestFinished: (connection) => this.#drain?.requestFinished(connection),
        connectionClosed: () => this.#drain?.connectionClosed(),
      },
    })
    this.#hosted = { server, tracker }
    watchUpgrades(server)
    server.on('session', (session: ServerHttp2Session) => {
      this.#http2Sessions.add(session)
      session.once('close', () => this.#http2Sessions.delete(session))
    })
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
  async drain({ deadlineMs, idleMs }: DrainTerms): Promise<DrainReport> {
    this.#stopAccepting()
    const hosted = this.#hosted
    if (hosted === null) return { cut: NOTHING_CUT }
    const time = { deadlineMs, idleMs: idleMs ?? keepAliveMs(hosted.server) }
    if (this.#drain) this.#drain.hurry(time)
    else this.#drain = this.#beginDrain(hosted, time)
    return { cut: await this.#drain.done }
  }

  #beginDrain({ tracker }: Hosted, time: DrainTime): Drain {
    const { clock } = this.#options
    return new Drain(
      { connections: () => tracker.connections, isEmpty: () => tracker.isEmpty, http2Sessions: this.#http2Sessions },
      { clock, ...time },
    )
  }

  /** Lets go of all sockets that listen; connections stay. */
  close(): void {
    this.#stopAccepting()
    this.#hosted?.tracker.close()
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

  #openAcceptor(source: AcceptSource, { server, tracker }: Hosted): Promise<Acceptor> {
    return openAcceptor(source, { server, onConnection: (socket) => tracker.track(socket) })
  }

  #stopAccepting(): void {
    this.#closed = true
    for (const slot of this.#adopted.keys()) this.release(slot)
    for (const acceptor of this.#acceptors.splice(0)) acceptor.close()
  }
}

/** Node adds a second to `keepAliveTimeout` before it closes, so that the client goes first. */
const KEEP_ALIVE_BUFFER_MS = 1000

/** How long the server itself would keep an idle connection; null = for ever. */
function keepAliveMs(server: WebServer): number | null {
  return server.keepAliveTimeout ? server.keepAliveTimeout + KEEP_ALIVE_BUFFER_MS : null
}
