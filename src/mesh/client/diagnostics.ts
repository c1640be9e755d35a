import { channel } from 'node:diagnostics_channel'
import { headerOf } from '../headers.ts'
import type { MeshCall } from './call.ts'

/** undici's own channels, so that what traces its requests (and puts a `traceparent` on them) sees those of the mesh. */
const created = channel('undici:request:create')
const headersSent = channel('undici:client:sendHeaders')
const bodySent = channel('undici:request:bodySent')
const headersReceived = channel('undici:request:headers')
const trailersReceived = channel('undici:request:trailers')
const failed = channel('undici:request:error')

/** Null, and no cost, while nobody listens. May add headers to the call. What goes through a tunnel is told by the client that speaks there. */
export function startTrace(call: MeshCall): Trace | null {
  if (call.tunnel !== undefined) return null
  return created.hasSubscribers || headersReceived.hasSubscribers || failed.hasSubscribers ? new Trace(call) : null
}

/** What the channels are told of one request. */
export class Trace {
  readonly #request: TracedRequest

  constructor(call: MeshCall) {
    this.#request = new TracedRequest(call)
    created.publish({ request: this.#request })
  }

  sent(): void {
    if (headersSent.hasSubscribers) headersSent.publish({ request: this.#request, headers: this.#request.text, socket: NO_SOCKET })
    bodySent.publish({ request: this.#request })
  }

  responded(statusCode: number, flat: readonly string[], statusText: string): void {
    if (!headersReceived.hasSubscribers) return
    const headers = flat.map((part) => Buffer.from(part, 'latin1'))
    headersReceived.publish({ request: this.#request, response: { statusCode, headers, statusText } })
  }

  completed(trailers: readonly string[]): void {
    this.#request.completed = true
    trailersReceived.publish({ request: this.#request, trailers })
  }

  failed(error: Error): void {
    this.#request.aborted = true
    failed.publish({ request: this.#request, error })
  }
}

/** Has what listeners read of undici's requests. */
class TracedRequest {
  readonly origin: string
  readonly method: string
  readonly path: string
  readonly headers: string[]
  readonly host: string
  completed = false
  aborted = false

  constructor(call: MeshCall) {
    this.host = headerOf(call.headers, 'host') ?? call.service
    this.origin = `http://${this.host}`
    this.method = call.method
    this.path = call.path
    this.headers = call.headers
  }

  addHeader(name: string, value: string): this {
    this.headers.push(name, value)
    return this
  }

  get text(): string {
    const lines = [`${this.method} ${this.path} HTTP/1.1`]
    for (let i = 0; i < this.headers.length; i += 2) lines.push(`${this.headers[i]}: ${this.headers[i + 1]}`)
    return lines.join('\r\n')
  }
}

/** Where listeners look for the addresses of a connection. */
const NO_SOCKET = {
  remoteAddress: '127.0.0.1',
  remotePort: 80,
  remoteFamily: 'IPv4',
  localAddress: '127.0.0.1',
  localPort: 0,
} as const
