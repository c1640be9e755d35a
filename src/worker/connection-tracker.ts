import diagnostics from 'node:diagnostics_channel'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type { WorkerRow } from '../model/worker-row.ts'
import type { WebServer } from './web-server.ts'

/** A TCP connection of the service's server, from its birth on. */
export interface Connection {
  readonly socket: Socket
  /** Responses that are not complete. */
  readonly active: Set<ServerResponse>
  /** Since when it has had no request: birth, or the end of the last response. */
  idleSinceMs: number
}

export interface TrackerListener {
  /** Before the service sees the request. */
  requestStarted(connection: Connection, response: ServerResponse): void
  requestFinished(connection: Connection): void
  connectionClosed(): void
}

interface RequestStart {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly socket: Socket
  readonly server: WebServer
}

/** Published by Node for every request that its HTTP parser delivers, and for no mesh request. */
const REQUEST_START = 'http.server.request.start'

/**
 * Knows every connection and its requests under way, and counts the requests in the worker's row. It hears of requests from Node
 * itself and not from a `request` listener, because some libraries (engine.io) take all of those off.
 */
export class ConnectionTracker {
  readonly #connections = new Map<Socket, Connection>()
  readonly #server: WebServer
  readonly #row: WorkerRow
  readonly #nowMs: () => number
  readonly #listener: TrackerListener
  readonly #isTls: boolean
  readonly #onRequestStart = (message: unknown): void => this.#started(message as RequestStart)
  readonly #onSecureConnection = (socket: Socket): void => void this.#connectionOf(socket)

  constructor(server: WebServer, options: { row: WorkerRow; nowMs: () => number; listener: TrackerListener }) {
    this.#server = server
    this.#row = options.row
    this.#nowMs = options.nowMs
    this.#listener = options.listener
    // On TLS, requests belong to the socket inside, which exists after the handshake.
    this.#isTls = 'setSecureContext' in server
    if (this.#isTls) server.on('secureConnection', this.#onSecureConnection)
    diagnostics.subscribe(REQUEST_START, this.#onRequestStart)
  }

  get connections(): readonly Connection[] {
    return [...this.#connections.values()]
  }

  get isEmpty(): boolean {
    return this.#connections.size === 0
  }

  track(socket: Socket): void {
    if (!this.#isTls) this.#connectionOf(socket)
  }

  close(): void {
    diagnostics.unsubscribe(REQUEST_START, this.#onRequestStart)
    this.#server.off('secureConnection', this.#onSecureConnection)
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#connections.get(socket)
    if (known) return known
    const connection: Connection = { socket, active: new Set(), idleSinceMs: this.#nowMs() }
    this.#connections.set(socket, connection)
    socket.once('close', () => {
      this.#connections.delete(socket)
      this.#listener.connectionClosed()
    })
    return connection
  }

  #started({ server, socket, response }: RequestStart): void {
    // A tunnel of the mesh comes through the parser, too, but not on a socket.
    if (server !== this.#server || !(socket instanceof Socket)) return
    const connection = this.#connectionOf(socket)
    const startedMs = this.#nowMs()
    connection.active.add(response)
    this.#row.requestStarted()
    response.once('close', () => {
      connection.active.delete(response)
      connection.idleSinceMs = this.#nowMs()
      this.#row.requestFinished(connection.idleSinceMs - startedMs)
      this.#listener.requestFinished(connection)
    })
    this.#listener.requestStarted(connection, response)
  }
}

/** Handed to an `upgrade` or `connect` listener: HTTP no longer looks after it. Node's parser lets go of the socket then. */
export function isUpgraded(connection: Connection): boolean {
  return 'parser' in connection.socket && connection.socket.parser === null
}
