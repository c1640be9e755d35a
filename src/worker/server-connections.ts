import type { ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import type { DrainReport, DrainTerms } from '../itc/protocol.ts'
import { watchUpgrades } from '../mesh/server/goodbye.ts'
import type { Clock } from '../model/clock.ts'
import type { WorkerRow } from '../model/worker-row.ts'
import { ConnectionTracker } from './connection-tracker.ts'
import { Drain, type DrainTime } from './drain.ts'
import type { WebServer } from './web-server.ts'

/** The TCP connections of the service's server, whoever accepts them: known, counted, and drained. */
export class ServerConnections {
  readonly #server: WebServer
  readonly #clock: Clock
  readonly #tracker: ConnectionTracker
  readonly #http2Sessions = new Set<ServerHttp2Session>()
  #drain: Drain | null = null

  constructor(server: WebServer, { row, clock }: { readonly row: WorkerRow; readonly clock: Clock }) {
    this.#server = server
    this.#clock = clock
    this.#tracker = new ConnectionTracker(server, {
      row,
      nowMs: () => clock.nowMs(),
      listener: {
        requestStarted: (connection, response) => this.#drain?.requestStarted(connection, response),
        requestFinished: (connection) => this.#drain?.requestFinished(connection),
        connectionClosed: () => this.#drain?.connectionClosed(),
      },
    })
    watchUpgrades(server)
    server.on('session', (session: ServerHttp2Session) => {
      this.#http2Sessions.add(session)
      session.once('close', () => this.#http2Sessions.delete(session))
    })
  }

  track(socket: Socket): void {
    this.#tracker.track(socket)
  }

  /** Nothing accepts any more when this is called. Again while it drains: with less time. */
  async drain({ deadlineMs, idleMs }: DrainTerms): Promise<DrainReport> {
    const time = { deadlineMs, idleMs: idleMs ?? keepAliveMs(this.#server) }
    if (this.#drain) this.#drain.hurry(time)
    else this.#drain = this.#beginDrain(time)
    return { cut: await this.#drain.done }
  }

  close(): void {
    this.#tracker.close()
  }

  #beginDrain(time: DrainTime): Drain {
    const tracker = this.#tracker
    return new Drain(
      { connections: () => tracker.connections, isEmpty: () => tracker.isEmpty, http2Sessions: this.#http2Sessions },
      { clock: this.#clock, ...time },
    )
  }
}

/** Node adds a second to `keepAliveTimeout` before it closes, so that the client goes first. */
const KEEP_ALIVE_BUFFER_MS = 1000

/** How long the server itself would keep an idle connection; null = for ever. */
function keepAliveMs(server: WebServer): number | null {
  return server.keepAliveTimeout ? server.keepAliveTimeout + KEEP_ALIVE_BUFFER_MS : null
}
