import net from 'node:net'
import type { DrainReport, DrainTerms } from '../itc/protocol.ts'
import type { Clock } from '../model/clock.ts'
import type { WorkerRow } from '../model/worker-row.ts'
import { ServerConnections } from './server-connections.ts'
import type { WebServer } from './web-server.ts'

/** The TCP side of a server that listens on a port of its own (`listen: passthrough`): what comes there is counted and drained as well. */
export class OwnPort {
  readonly #server: WebServer
  readonly #connections: ServerConnections

  constructor(server: WebServer, options: { readonly row: WorkerRow; readonly clock: Clock }) {
    this.#server = server
    this.#connections = new ServerConnections(server, options)
    server.on('connection', (socket) => this.#connections.track(socket))
  }

  /** Lets go of the port, and then of the connections. That of `http` would cut idle ones whose next request is on its way. */
  drain(terms: DrainTerms): Promise<DrainReport> {
    net.Server.prototype.close.call(this.#server)
    return this.#connections.drain(terms)
  }

  close(): void {
    this.#connections.close()
  }
}
