import { AsyncResource } from 'node:async_hooks'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Clock } from '../../model/clock.ts'
import { decodeBody, type RequestFrame } from '../frames.ts'
import { TunnelLine, type LineCarrier, type LineEvents } from '../tunnel/line.ts'
import type { Piece } from '../tunnel/pieces.ts'
import { WINDOW_BYTES } from '../tunnel/protocol.ts'
import { sayGoingAway } from './goodbye.ts'
import { connectionReset } from './connection-reset.ts'
import { TunnelSocket, type TunnelSocketOwner } from './tunnel-socket.ts'

/** What a tunnel needs of those who carry it. */
export interface ServerTunnelHost extends LineCarrier {
  /** Its request is over; the tunnel itself may stay, as a WebSocket's does. Called once. */
  onAnswered(tunnel: ServerTunnel): void
  onTunnelClosed(tunnel: ServerTunnel, end: 'closed' | 'cancelled'): void
}

/**
 * A connection that this worker's own server answers, its bytes read by Node's HTTP parser: for clients that speak to a socket, and for
 * what goes on after an upgrade. Serves one request, so that the next one selects its target anew.
 */
export class ServerTunnel implements TunnelSocketOwner, LineEvents {
  readonly id: number
  readonly startedMs: number
  readonly #host: ServerTunnelHost
  readonly #server: Server
  readonly #line: TunnelLine
  readonly #socket: TunnelSocket
  readonly #first: Buffer | null
  // Nothing that a handler enters may be seen by the next frame's.
  readonly #scope = new AsyncResource('MESHRT_TUNNEL', { requireManualDestroy: true })
  #stage: 'answering' | 'answered' | 'upgraded' = 'answering'
  #end: 'closed' | 'cancelled' = 'closed'
  #request: IncomingMessage | null = null

  constructor(frame: RequestFrame, at: { readonly server: Server; readonly host: ServerTunnelHost; readonly clock: Clock }) {
    const [, id, , , , body, encoding] = frame
    this.id = id
    this.startedMs = at.clock.nowMs()
    this.#host = at.host
    this.#server = at.server
    this.#first = typeof body === 'string' && body !== '' ? decodeBody(body, encoding) : null
    this.#line = new TunnelLine(this)
    this.#socket = new TunnelSocket(this, at)
  }

  /** Hands the connection to the server. */
  dispatch(): void {
    this.#line.attach(this.#host, { id: this.id, creditBytes: WINDOW_BYTES })
    this.#line.grant()
    this.#scope.runInAsyncScope(() => {
      // A server with TLS would look for a handshake in a new connection; this is what it emits after one.
      this.#server.emit('setSecureContext' in this.#server ? 'secureConnection' : 'connection', this.#socket)
      if (this.#first !== null && !this.#socket.destroyed) this.#socket.push(this.#first)
    })
  }

  receive(message: unknown): void {
    if (this.#socket.destroyed) return
    this.#scope.runInAsyncScope(() => this.#line.receive(message))
  }

  /** The caller has gone. In the middle of a request that is an error, as it is for the parser of a connection. */
  cancel(): void {
    this.#end = 'cancelled'
    const error = this.isReceiving ? connectionReset() : undefined
    this.#scope.runInAsyncScope(() => this.#socket.destroy(error))
  }

  get isUpgraded(): boolean {
    return this.#stage === 'upgraded'
  }

  /** Ends a request that takes too long. An upgraded connection stays until `close()`, for its client and the service's own stop to end it well. */
  cut(): void {
    if (this.#stage === 'upgraded') sayGoingAway(this.#socket)
    else this.close()
  }

  /** Both ends see it close. */
  close(): void {
    this.#scope.runInAsyncScope(() => this.#socket.destroy())
  }

  /** The request has begun and its last byte is not there. Node calls a request without a body incomplete until its handler has returned. */
  get isReceiving(): boolean {
    const request = this.#request
    return request !== null && !request.complete && !request.destroyed && hasBody(request.headers)
  }

  get bytesRead(): number {
    return this.#line.bytesRead + (this.#first?.byteLength ?? 0)
  }

  get bytesWritten(): number {
    return this.#line.bytesWritten
  }

  onBytes(bytes: Buffer): boolean {
    this.#socket.active()
    return this.#socket.push(bytes)
  }

  onEnd(): void {
    this.#socket.push(null)
  }

  onBroken(): void {
    this.close()
  }

  onRead(): void {
    this.#line.resume()
  }

  onWrite(pieces: Piece[], written: () => void): void {
    this.#line.write(pieces, written)
  }

  onFinal(): void {
    this.#line.end()
  }

  onRequest(response: ServerResponse): void {
    response.shouldKeepAlive = false
    this.#request = response.req
    // Where all of it has left, there is no need to wait until Node closes the socket: counted as done before the caller can know of
    // it, and the caller knows with the last bytes that nothing follows.
    response.on('prefinish', () => {
      if (this.#socket.writableLength === 0 && !this.isReceiving) this.#conclude()
    })
    Object.assign(response, { _storeHeader: storeHeaderOfLast })
  }

  /** What a handler has answered before it was told all is received to its end, as on a connection that is kept. */
  whenReceived(done: () => void): void {
    if (this.#request !== null && this.isReceiving) this.#request.once('end', done).once('close', done)
    else done()
  }

  onAnswered(how: 'response' | 'upgrade'): void {
    if (this.#stage !== 'answering') return
    this.#stage = how === 'upgrade' ? 'upgraded' : 'answered'
    this.#host.onAnswered(this)
  }

  onClosed(): void {
    this.#conclude()
  }

  #conclude(): void {
    this.#line.close()
    this.onAnswered('response')
    this.#host.onTunnelClosed(this, this.#end)
  }
}

function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0'
}

interface HeadInternals {
  _header: string
  _last: boolean
}

type StoreHeader = (firstLine: string, headers: unknown) => void

// Not public, but the same for years. Not by `import`, which would read all of http's exports and so load undici.
const storeHeader = (process.getBuiltinModule('node:http').ServerResponse.prototype as unknown as { _storeHeader: StoreHeader })
  ._storeHeader

/** A handler that passes on another's `Connection: keep-alive`, as proxies do, shall not have the client keep this connection. */
function storeHeaderOfLast(this: ServerResponse & HeadInternals, firstLine: string, headers: unknown): void {
  storeHeader.call(this, firstLine, headers)
  if (this._last || this.statusCode === 101) return
  this._header = this._header.replace(/\r\nconnection:[^\r\n]*/gi, '').replace(/\r\n\r\n$/, '\r\nConnection: close\r\n\r\n')
  this._last = true
}
