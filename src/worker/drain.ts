import type { ServerResponse } from 'node:http'
import type { ServerHttp2Session } from 'node:http2'
import { endEventStream, sayGoingAway } from '../mesh/server/goodbye.ts'
import type { Clock } from '../model/clock.ts'
import { NOTHING_CUT, type Cut } from '../model/cut.ts'
import { isUpgraded, type Connection } from './connection-tracker.ts'

export interface DrainTarget {
  connections(): readonly Connection[]
  isEmpty(): boolean
  readonly http2Sessions: ReadonlySet<ServerHttp2Session>
}

export interface DrainTime {
  readonly deadlineMs: number
  /** How long a connection without a request may stay; null = until the deadline. */
  readonly idleMs: number | null
}

/** What is cut off gets so long to end well: a close frame to be answered, the last bytes to be sent. */
const CLOSING_MS = 200

/**
 * Lets every connection finish, measured to lose no request of a keep-alive client: each one stays until it has had a response with
 * `Connection: close`, or was idle for as long as it may be, or the deadline passes. Nothing accepts any more when it begins.
 */
export class Drain {
  readonly #target: DrainTarget
  readonly #clock: Clock
  readonly #done = Promise.withResolvers<Cut>()
  readonly #cancels = new Map<Connection, () => void>()
  #cut: Cut = NOTHING_CUT
  /** Null when it has passed, or nothing is left to wait for. */
  #deadlineAtMs: number | null
  #idleMs: number | null
  #cancelDeadline: () => void

  constructor(target: DrainTarget, { clock, deadlineMs, idleMs }: DrainTime & { readonly clock: Clock }) {
    this.#target = target
    this.#clock = clock
    this.#idleMs = idleMs
    this.#deadlineAtMs = clock.nowMs() + deadlineMs
    this.#cancelDeadline = clock.schedule(deadlineMs, () => this.#cutAll())
    for (const session of target.http2Sessions) session.close()
    for (const connection of target.connections()) {
      for (const response of connection.active) askToClose(response)
      this.#closeWhenUnused(connection)
    }
    this.connectionClosed()
  }

  /** Resolves when no connection is left. */
  get done(): Promise<Cut> {
    return this.#done.promise
  }

  /** There is less time than there was said to be. What is longer than before changes nothing. */
  hurry({ deadlineMs, idleMs }: DrainTime): void {
    if (this.#deadlineAtMs === null) return
    const deadlineAtMs = this.#clock.nowMs() + deadlineMs
    if (deadlineAtMs < this.#deadlineAtMs) {
      this.#cancelDeadline()
      this.#deadlineAtMs = deadlineAtMs
      this.#cancelDeadline = this.#clock.schedule(deadlineMs, () => this.#cutAll())
    }
    if (idleMs === null || idleMs >= (this.#idleMs ?? Infinity)) return
    this.#idleMs = idleMs
    for (const connection of this.#target.connections()) this.#closeWhenUnused(connection)
  }

  requestStarted(connection: Connection, response: ServerResponse): void {
    this.#cancels.get(connection)?.()
    askToClose(response)
  }

  /** Only of interest for a connection that stays: its response had begun before the drain. */
  requestFinished(connection: Connection): void {
    this.#closeWhenUnused(connection)
  }

  connectionClosed(): void {
    if (this.#target.isEmpty()) this.#finish()
  }

  #closeWhenUnused(connection: Connection): void {
    const idleMs = this.#idleMs
    if (idleMs === null || connection.active.size > 0 || isUpgraded(connection)) return
    const waitMs = connection.idleSinceMs + idleMs - this.#clock.nowMs()
    this.#cancels.get(connection)?.()
    const cancel = this.#clock.schedule(Math.max(0, waitMs), () => {
      if (connection.active.size === 0 && !isUpgraded(connection)) connection.socket.destroy()
    })
    this.#cancels.set(connection, cancel)
  }

  /** Idle connections lose nothing and are not counted. */
  #cutAll(): void {
    this.#deadlineAtMs = null
    const connections = this.#target.connections()
    const upgraded = connections.filter(isUpgraded)
    const busy = connections.filter((connection) => connection.active.size > 0 && !isUpgraded(connection))
    // A session that has been closed stays for as long as it has requests.
    this.#cut = { requests: busy.length + this.#target.http2Sessions.size, upgraded: upgraded.length }
    for (const session of this.#target.http2Sessions) session.destroy()
    for (const { socket } of upgraded) if (!sayGoingAway(socket)) socket.destroySoon()
    for (const connection of connections) if (!isUpgraded(connection)) breakOff(connection)
    this.#cancelDeadline = this.#clock.schedule(CLOSING_MS, () => {
      for (const { socket } of this.#target.connections()) socket.destroy()
      this.#finish()
    })
    this.connectionClosed()
  }

  #finish(): void {
    this.#deadlineAtMs = null
    this.#cancelDeadline()
    for (const cancel of this.#cancels.values()) cancel()
    this.#cancels.clear()
    this.#done.resolve(this.#cut)
  }
}

/** Closed after what has been written, so that the client gets that, and the end of events that have no other. */
function breakOff({ socket, active }: Connection): void {
  for (const response of active) if (endEventStream(response)) response.once('close', () => socket.destroySoon())
  if (![...active].some((response) => response.writableEnded)) socket.destroySoon()
}

/** Node writes `Connection: close` and ends the connection after the response, whatever headers the service sets. */
function askToClose(response: ServerResponse): void {
  if (!response.headersSent) response.shouldKeepAlive = false
}
