import { EventEmitter } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import type { Clock } from '../../model/clock.ts'

/** What the socket of an exchange stands for. */
export interface SocketOwner {
  /** The handler, or a library, has destroyed the connection. Called once. */
  onDestroyed(error: Error | undefined): void
  /** The request is being read. */
  onResume(): void
  onPause(): void
  /** Bytes of the response that have not left yet. */
  readonly queuedBytes: number
  /** True when somebody took notice. */
  onTimeout(): boolean
}

const HIGH_WATER_BYTES = 65_536

/**
 * Stands where `req.socket` and `res.socket` expect a net.Socket. Carries no bytes: the synthetic response keeps them from
 * getting here. Has the members that Node's http, the frameworks and the usual middlewares touch. Pooled, because a fresh
 * one per request costs several times as much.
 */
export class FakeSocket extends EventEmitter {
  readonly remoteAddress = '127.0.0.1'
  readonly remoteFamily = 'IPv4'
  readonly remotePort = 0
  readonly localAddress = '127.0.0.1'
  readonly localFamily = 'IPv4'
  readonly localPort = 80
  readonly encrypted = false
  readonly readableHighWaterMark = HIGH_WATER_BYTES
  readonly writableHighWaterMark = HIGH_WATER_BYTES
  readonly connecting = false
  readonly pending = false
  readonly bytesRead = 0
  readonly bytesWritten = 0
  readonly readyState = 'open'
  readonly allowHalfOpen = true
  /** Node's http asks for these before it corks; always corked, so that it need not. */
  readonly writableCorked = 1
  readonly _writableState = { corked: 1, needDrain: false }
  readonly parser = null
  _paused = false
  _hadError = false
  _httpMessage: ServerResponse | null = null
  server: Server | null = null
  timeout = 0
  destroyed = false
  closed = false
  errored: Error | null = null
  readable = true
  writable = true
  readonly #clock: Clock
  #owner: SocketOwner | null = null
  #cancelTimeout: (() => void) | null = null

  constructor(clock: Clock) {
    super()
    this.#clock = clock
  }

  get owner(): SocketOwner | null {
    return this.#owner
  }

  get writableLength(): number {
    return this.#owner?.queuedBytes ?? 0
  }

  get writableNeedDrain(): boolean {
    return this.writableLength >= HIGH_WATER_BYTES
  }

  assign(owner: SocketOwner, server: Server): void {
    this.#owner = owner
    this.server = server
  }

  /** Ready for the next exchange; false when it cannot be used again. */
  release(): boolean {
    this.#owner = null
    this.server = null
    this.#stopTimeout()
    this.timeout = 0
    this._paused = false
    if (this.destroyed) return false
    this.removeAllListeners()
    return true
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this
    this.destroyed = true
    this.readable = false
    this.writable = false
    this.errored = error ?? null
    // Where it is true, Node's http emits no `finish`: what a handler ends only now has not left. Over TCP its last chunk would fail.
    this._hadError = error !== undefined || this._httpMessage?.writableEnded === false
    this.#stopTimeout()
    this.#owner?.onDestroyed(error)
    process.nextTick(() => {
      this.closed = true
      if (error !== undefined && this.listenerCount('error') > 0) this.emit('error', error)
      this.emit('close', error !== undefined)
    })
    return this
  }

  /** A half-closed or closing connection: a response that is not complete by now will not be. */
  end(): this {
    if (this._httpMessage !== null && !this._httpMessage.finished) this.destroy()
    return this
  }

  destroySoon(): void {
    this.end()
  }

  resetAndDestroy(): this {
    return this.destroy()
  }

  /** Raw bytes have nowhere to go. */
  write(): boolean {
    this.destroy(new Error('Cannot write to the socket: requests of the mesh have none'))
    return false
  }

  pause(): this {
    this._paused = true
    this.#owner?.onPause()
    return this
  }

  resume(): this {
    this._paused = false
    this.#owner?.onResume()
    return this
  }

  setTimeout(timeoutMs: number, listener?: () => void): this {
    this.timeout = timeoutMs
    if (listener !== undefined) this.once('timeout', listener)
    this.active()
    return this
  }

  /** Something moved: an idle timeout starts anew. */
  active(): void {
    if (this.#cancelTimeout === null && this.timeout === 0) return
    this.#stopTimeout()
    if (this.timeout > 0 && !this.destroyed) this.#cancelTimeout = this.#clock.schedule(this.timeout, () => this.#timedOut())
  }

  address() {
    return { address: this.localAddress, family: this.localFamily, port: this.localPort }
  }

  cork(): void {}
  uncork(): void {}
  setNoDelay(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  setEncoding(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }

  #timedOut(): void {
    this.#cancelTimeout = null
    const heard = this.listenerCount('timeout') > 0
    this.emit('timeout')
    if (!(this.#owner?.onTimeout() ?? false) && !heard) this.destroy()
  }

  #stopTimeout(): void {
    this.#cancelTimeout?.()
    this.#cancelTimeout = null
  }
}

/** What a request that is over has for a socket: as after a connection's end. */
export const RELEASED = released()

function released(): FakeSocket {
  const socket = new FakeSocket({ nowMs: () => 0, epochMs: () => 0, schedule: () => () => {} })
  socket.destroy()
  return socket
}

/** Sockets between two uses. */
export class SocketPool {
  readonly #clock: Clock
  readonly #free: FakeSocket[] = []

  constructor(clock: Clock) {
    this.#clock = clock
  }

  take(): FakeSocket {
    return this.#free.pop() ?? new FakeSocket(this.#clock)
  }

  give(socket: FakeSocket): void {
    if (socket.release() && this.#free.length < MAX_FREE) this.#free.push(socket)
  }
}

const MAX_FREE = 256
