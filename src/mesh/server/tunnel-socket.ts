import type { Server, ServerResponse } from 'node:http'
import { Duplex } from 'node:stream'
import type { Clock } from '../../model/clock.ts'
import { toPiece, toPieces, type Piece, type WrittenChunk } from '../tunnel/pieces.ts'

/** What the socket of a tunnel stands for. */
export interface TunnelSocketOwner {
  onRead(): void
  onWrite(pieces: Piece[], written: () => void): void
  onFinal(): void
  /** The parser has begun a request. */
  onRequest(response: ServerResponse): void
  /** The response is over, or the connection was handed to an `upgrade` or `connect` listener. */
  onAnswered(how: 'response' | 'upgrade'): void
  /** Calls back when no more of the request will come. */
  whenReceived(done: () => void): void
  onClosed(): void
  readonly bytesRead: number
  readonly bytesWritten: number
}

/**
 * What the service's server takes for the socket of a new connection. Not a net.Socket: those are connections from outside, which are counted
 * and drained by others.
 */
export class TunnelSocket extends Duplex {
  readonly remoteAddress = '127.0.0.1'
  readonly remoteFamily = 'IPv4'
  readonly remotePort = 0
  readonly localAddress = '127.0.0.1'
  readonly localFamily = 'IPv4'
  readonly localPort = 80
  readonly connecting = false
  readonly pending = false
  /** For servers of HTTP/2 over TLS: it speaks HTTP/1. */
  readonly alpnProtocol = false
  readonly server: Server
  readonly _server = null
  readonly _handle = null
  _hadError = false
  _paused = false
  timeout = 0
  readonly #owner: TunnelSocketOwner
  readonly #clock: Clock
  #cancelTimeout: (() => void) | null = null
  #parser: unknown = null
  #message: ServerResponse | null = null

  constructor(owner: TunnelSocketOwner, at: { readonly server: Server; readonly clock: Clock }) {
    super({ allowHalfOpen: true, decodeStrings: false })
    this.#owner = owner
    this.#clock = at.clock
    this.server = at.server
  }

  get bytesRead(): number {
    return this.#owner.bytesRead
  }

  get bytesWritten(): number {
    return this.#owner.bytesWritten + this.writableLength
  }

  get readyState(): string {
    if (this.readable) return this.writable ? 'open' : 'readOnly'
    return this.writable ? 'writeOnly' : 'closed'
  }

  /** Node's parser lets go of the socket when it hands it to an `upgrade` or `connect` listener. */
  get parser(): unknown {
    return this.#parser
  }

  set parser(parser: unknown) {
    const handedOver = parser === null && this.#parser !== null && !this.destroyed
    this.#parser = parser
    if (handedOver) this.#owner.onAnswered('upgrade')
  }

  /** The response that is being sent; Node's http sets it before the handler runs, and clears it when the response is over. */
  get _httpMessage(): ServerResponse | null {
    return this.#message
  }

  set _httpMessage(response: ServerResponse | null) {
    this.#message = response
    if (response === null) this.#owner.onAnswered('response')
    else this.#owner.onRequest(response)
  }

  /** Something moved: an idle timeout starts anew. */
  active(): void {
    if (this.#cancelTimeout === null && this.timeout === 0) return
    this.#stopTimeout()
    if (this.timeout > 0 && !this.destroyed) this.#cancelTimeout = this.#clock.schedule(this.timeout, () => this.#timedOut())
  }

  setTimeout(timeoutMs: number, listener?: () => void): this {
    this.timeout = timeoutMs
    if (listener !== undefined) {
      if (timeoutMs === 0) this.removeListener('timeout', listener)
      else this.once('timeout', listener)
    }
    this.active()
    return this
  }

  destroySoon(): void {
    if (this.writable) this.end()
    const close = (): void => this.#owner.whenReceived(() => this.destroy())
    if (this.writableFinished) close()
    else this.once('finish', close)
  }

  resetAndDestroy(): this {
    return this.destroy()
  }

  address() {
    return { address: this.localAddress, family: this.localFamily, port: this.localPort }
  }

  setNoDelay(): this {
    return this
  }
  setKeepAlive(): this {
    return this
  }
  ref(): this {
    return this
  }
  unref(): this {
    return this
  }

  override _read(): void {
    this.#owner.onRead()
  }

  override _write(chunk: Uint8Array | string, encoding: BufferEncoding, written: () => void): void {
    this.active()
    this.#owner.onWrite([toPiece(chunk, encoding)], written)
  }

  override _writev(chunks: WrittenChunk[], written: () => void): void {
    this.active()
    this.#owner.onWrite(toPieces(chunks), written)
  }

  override _final(done: () => void): void {
    this.#owner.onFinal()
    done()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stopTimeout()
    this.#owner.onClosed()
    done(error)
  }

  #timedOut(): void {
    this.#cancelTimeout = null
    this.emit('timeout')
  }

  #stopTimeout(): void {
    this.#cancelTimeout?.()
    this.#cancelTimeout = null
  }
}
