import { AsyncResource } from 'node:async_hooks'
import { LATIN1, CONNECT } from '../../frames.ts'
import { TunnelLine, type LineCarrier, type LineEvents } from '../../tunnel/line.ts'
import { cut, toText, type Piece } from '../../tunnel/pieces.ts'
import type { CallTunnel, MeshCall } from '../call.ts'
import { toSocketError } from '../errors.ts'
import type { ExchangeControl, ResponseSink } from '../sink.ts'

/** The socket of a tunnel, seen from the mesh. */
export interface TunnelOutlet {
  /** False asks to hold back what comes next until `resume()`. */
  push(bytes: Buffer | null): boolean
  fail(error: Error): void
}

export interface TunnelPlace {
  readonly service: string
  readonly submit: (call: MeshCall, sink: ResponseSink) => void
}

/** Nobody hears of it: made once, because an error costs much. */
const CLOSED = new Error('the socket was closed')

/** So much of what was written first travels in the request itself. */
const FIRST_BYTES = 32_768

/**
 * The caller's end of a tunnel. Selects its target with the first byte that is written, because only then is there a request:
 * until a target has taken it, that and what was written since can be sent elsewhere.
 */
export class ClientTunnel implements CallTunnel, ResponseSink, LineEvents {
  readonly contextFree = true
  readonly #outlet: TunnelOutlet
  readonly #place: TunnelPlace
  readonly #line: TunnelLine = new TunnelLine(this)
  // What the socket emits runs in the context of who connected it, as with TCP. The exchange needs none of its own.
  readonly #scope = new AsyncResource('MESHRT_TUNNEL', { requireManualDestroy: true })
  #control: ExchangeControl | null = null
  #stage: 'unused' | 'open' | 'over' = 'unused'
  #firstBytes = 0
  /** Whether the mesh itself answers; HEAD gets no body. */
  #answer: 'none' | 'whole' | 'head' = 'none'
  #isHead = false

  constructor(outlet: TunnelOutlet, place: TunnelPlace) {
    this.#outlet = outlet
    this.#place = place
  }

  get bytesRead(): number {
    return this.#line.bytesRead
  }

  get bytesWritten(): number {
    return this.#line.bytesWritten + this.#firstBytes
  }

  write(pieces: Piece[], written: () => void): void {
    switch (this.#stage) {
      case 'unused':
        this.#open(pieces, written)
        return
      case 'open':
        this.#line.write(pieces, written)
        return
      case 'over':
        // As with TCP, what is sent to a peer that has closed is lost without a word.
        written()
    }
  }

  end(): void {
    if (this.#stage === 'open') this.#line.end()
    else if (this.#stage === 'unused') this.#over()
  }

  /** The reader has room again. */
  resume(): void {
    this.#line.resume()
  }

  /** The socket is gone. */
  close(): void {
    if (this.#stage === 'over') return
    this.#stage = 'over'
    this.#line.close()
    this.#control?.abort(CLOSED)
  }

  attach(carrier: LineCarrier, id: number): void {
    this.#line.attach(carrier, { id, creditBytes: 0 })
  }

  receive(message: unknown): void {
    if (this.#stage === 'open') this.#scope.runInAsyncScope(() => this.#line.receive(message))
  }

  onBytes(bytes: Buffer): boolean {
    return this.#outlet.push(bytes)
  }

  onEnd(): void {
    this.#outlet.push(null)
  }

  onBroken(error: Error): void {
    this.#outlet.fail(toSocketError(error))
  }

  started(control: ExchangeControl): void {
    this.#control = control
  }

  headers(status: number, headers: string[], statusMessage: string): boolean {
    // The response of a tunnel means that it is over; any other comes from the mesh, in place of one of the target's.
    if (status === 200) return true
    this.#answer = this.#isHead ? 'head' : 'whole'
    this.#push(formatHead(status, headers, statusMessage))
    return true
  }

  data(chunk: Buffer): boolean {
    if (this.#answer === 'whole') this.#push(chunk)
    return true
  }

  complete(): void {
    this.#over()
  }

  error(error: Error): void {
    if (this.#stage === 'over') return
    this.#stage = 'over'
    this.#line.close()
    this.#scope.runInAsyncScope(() => this.#outlet.fail(toSocketError(error)))
  }

  #push(bytes: Buffer | null): void {
    this.#scope.runInAsyncScope(() => this.#outlet.push(bytes))
  }

  #open(pieces: Piece[], written: () => void): void {
    this.#stage = 'open'
    const { text, rest } = takeFirst(pieces)
    this.#firstBytes = text.length
    this.#isHead = text.startsWith('HEAD ')
    this.#line.write(rest, written)
    const { service, submit } = this.#place
    submit(
      {
        service,
        method: CONNECT,
        path: '/',
        headers: [],
        body: { kind: 'inline', text, encoding: LATIN1, lengthBytes: text.length, contentType: null },
        // Nobody here knows whether what the bytes ask for is.
        idempotent: false,
        // Who speaks to a socket has timeouts of its own.
        headersTimeoutMs: 0,
        bodyTimeoutMs: 0,
        tunnel: this,
      },
      this,
    )
  }

  #over(): void {
    if (this.#stage === 'over') return
    this.#stage = 'over'
    const written = this.#line.close()
    this.#push(null)
    written?.()
  }
}

function takeFirst(pieces: Piece[]): { readonly text: string; readonly rest: Piece[] } {
  const rest = [...pieces]
  let text = ''
  while (rest[0] !== undefined && text.length < FIRST_BYTES) {
    const part = cut(rest[0], FIRST_BYTES - text.length)
    text += toText(part.message)
    if (part.rest === null) rest.shift()
    else rest[0] = part.rest
  }
  return { text, rest }
}

function formatHead(status: number, headers: readonly string[], statusMessage: string): Buffer {
  let head = `HTTP/1.1 ${status} ${statusMessage}\r\n`
  for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`
  return Buffer.from(`${head}connection: close\r\n\r\n`, 'latin1')
}
