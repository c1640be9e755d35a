import { AsyncResource } from 'node:async_hooks'
import { channel } from 'node:diagnostics_channel'
import type { IncomingMessage, Server } from 'node:http'
import type { ErrorCode } from '../../errors/catalogue.ts'
import { RESPONSE, UTF8, type BodyEncoding, type FrameBody, type RequestFrame, type TargetFrame } from '../frames.ts'
import { StreamConsumer, type StreamBegin } from '../stream/consumer.ts'
import type { StreamPort } from '../stream/stream-port.ts'
import { endEventStream, headText } from './goodbye.ts'
import { connectionReset } from './connection-reset.ts'
import { RELEASED, type FakeSocket, type SocketOwner } from './fake-socket.ts'
import { ResponseBody } from './response-body.ts'
import { parseTrailers, type ResponseHead } from './response-head.ts'
import { Unanswered } from './unanswered.ts'
import { completeRequest, createRequest, type SyntheticRequest } from './synthetic-request.ts'
import { createResponse, emitDrain, type ResponseOutlet, type SyntheticResponse } from './synthetic-response.ts'

/** What an exchange needs of those who carry it. */
export interface ServerExchangeHost {
  readonly streamThresholdBytes: number
  readonly uploads: StreamBegin
  openStream(): { readonly near: StreamPort; readonly far: StreamPort }
  send(frame: TargetFrame, far?: StreamPort): void
  fail(id: number, code: ErrorCode, message: string): void
  /** The response has left or never will. */
  onResponded(exchange: ServerExchange): void
  /** Request and response are over: the socket may serve the next one. */
  onSettled(exchange: ServerExchange): void
}

const requestStarted = channel('http.server.request.start')
const responseFinished = channel('http.server.response.finish')

/** One request that this worker answers: real `req` and `res` objects between a frame and a handler. */
export class ServerExchange implements SocketOwner, ResponseOutlet {
  readonly id: number
  readonly socket: FakeSocket
  readonly startedMs: number
  readonly #host: ServerExchangeHost
  readonly #server: Server
  readonly #req: SyntheticRequest
  readonly #res: SyntheticResponse
  readonly #body: ResponseBody
  #upload: StreamConsumer | null = null
  #head: ResponseHead | null = null
  #ended = false
  #responded = false
  #settled = false
  #flushScheduled = false

  constructor(
    frame: RequestFrame,
    at: { readonly socket: FakeSocket; readonly server: Server; readonly host: ServerExchangeHost; readonly nowMs: number },
  ) {
    this.id = frame[1]
    this.socket = at.socket
    this.startedMs = at.nowMs
    this.#host = at.host
    this.#server = at.server
    this.socket.assign(this, at.server)
    this.#body = new ResponseBody({
      thresholdBytes: at.host.streamThresholdBytes,
      events: {
        openStream: () => at.host.openStream(),
        onStreaming: (far) => this.#respond(far, UTF8),
        onDrain: () => this.#drained(),
        onStopped: () => this.cancel(),
      },
    })
    this.#req = createRequest(frame, this.socket)
    this.#res = createResponse(this.#req, this.socket)
    const body = frame[5]
    if (body !== null && typeof body !== 'string') this.#readFrom(body)
  }

  /** Hands it to the server's own listeners. What a handler throws is thrown here, as by a parser. */
  dispatch(): void {
    if (requestStarted.hasSubscribers) {
      requestStarted.publish({ request: this.#req, response: this.#res, socket: this.socket, server: this.#server })
    }
    // Each request has an async context of its own, or one handler's `enterWith` would be seen by the next in the batch.
    new AsyncResource('HTTPINCOMINGMESSAGE', { requireManualDestroy: true }).runInAsyncScope(() => this.#emit())
  }

  /** The caller has gone or wants no answer: the handler sees its connection close, in the middle of a request with an error. */
  cancel(): void {
    this.#responded = true
    this.socket.destroy(this.#req.complete ? undefined : connectionReset())
  }

  /** Ends it from this side: events that have no end of their own get one, the caller of anything else gets an error. */
  cut(reason: string): void {
    if (!endEventStream(this.#res, headText(this.#head?.headers))) this.socket.destroy(new Error(reason))
  }

  get queuedBytes(): number {
    return this.#body.queuedBytes
  }

  onHead(head: ResponseHead): void {
    this.#head = head
  }

  onData(data: Uint8Array | string, encoding: BufferEncoding | null | undefined, posted: (() => void) | null): boolean {
    this.socket.active()
    if (!this.#res._hasBody || data.length === 0) {
      if (posted !== null) this.#whenPosted(posted)
      this.#scheduleFlush()
      return true
    }
    const roomy = this.#body.write(data, encoding ?? 'utf8', posted)
    this.#scheduleFlush()
    return roomy
  }

  onEnd(): void {
    if (this.#ended || this.socket.destroyed) return
    this.#ended = true
    const trailers = parseTrailers(this.#res._trailer)
    const expectedBytes = this.#head?.contentLength ?? null
    if (expectedBytes !== null && expectedBytes !== this.#body.writtenBytes) {
      this.cut(`the body has ${this.#body.writtenBytes} bytes where Content-Length says ${expectedBytes}`)
      return
    }
    if (this.#body.streaming) {
      this.#body.end(trailers)
      return
    }
    const { text, encoding } = this.#body.takeInline()
    this.#respond(text, encoding, trailers)
  }

  /** As `resOnFinish` of Node's http. */
  onFinish(): void {
    if (responseFinished.hasSubscribers) {
      responseFinished.publish({ request: this.#req, response: this.#res, socket: this.socket, server: this.#server })
    }
    const req = this.#req
    if (!req._consuming && !isFlowing(req)) this.#dump()
    this.#res.detachSocket(this.socket as never)
    process.nextTick(closeLater, this)
  }

  /** After every listener of `finish` has run. */
  close(): void {
    closeResponse(this.#res)
    this.#settleResponse()
  }

  onDestroyed(error: Error | undefined): void {
    if (!this.#responded) {
      this.#responded = true
      const why = error?.message ?? 'the connection was closed'
      if (this.#body.streaming) this.#body.fail(`Cannot read the response to its end: ${why}`)
      else this.#host.fail(this.id, error instanceof Unanswered ? error.why : 'MESHRT_MESH_ABORTED', `Cannot get a response: ${why}`)
    }
    this.#body.close()
    this.#upload?.cancel()
    this.#settleResponse()
    process.nextTick(() => {
      if (!this.#req.destroyed) this.#req.destroy(connectionReset())
    })
  }

  onResume(): void {
    this.#upload?.resume()
  }

  onPause(): void {
    this.#upload?.pause()
  }

  onTimeout(): boolean {
    const byRequest = !this.#req.complete && this.#req.emit('timeout', this.socket)
    const byResponse = this.#res.emit('timeout', this.socket)
    const byServer = this.#server.emit('timeout', this.socket)
    return byRequest || byResponse || byServer
  }

  #emit(): void {
    const { expect } = this.#req.headers
    if (expect === undefined) {
      this.#server.emit('request', this.#req, this.#res)
      return
    }
    if (/(?:^|\W)100-continue(?:$|\W)/i.test(expect)) {
      this.#res._expect_continue = true
      if (this.#server.listenerCount('checkContinue') > 0) {
        this.#server.emit('checkContinue', this.#req, this.#res)
        return
      }
      this.#res.writeContinue()
      this.#server.emit('request', this.#req, this.#res)
    } else if (this.#server.listenerCount('checkExpectation') > 0) {
      this.#server.emit('checkExpectation', this.#req, this.#res)
    } else {
      this.#res.writeHead(417)
      this.#res.end()
    }
  }

  #readFrom(port: StreamPort): void {
    const req = this.#req
    this.#upload = new StreamConsumer(port, {
      begin: this.#host.uploads,
      events: {
        onChunk: (chunk) => {
          this.socket.active()
          if (!req._dumped && !req.push(chunk)) this.#upload?.pause()
        },
        onEnd: (trailers) => {
          completeRequest(req, trailers)
          this.#settleIfDone()
        },
        onError: () => this.cancel(),
      },
    })
  }

  /** Nobody has looked at the body and nobody will. */
  #dump(): void {
    this.#upload?.cancel()
    const req = this.#req
    if (!req.complete) completeRequest(req, [])
    // Without anybody who listens there is no need to go through the motions of a stream's end.
    if (req.listenerCount('close') > 0 || req.listenerCount('end') > 0) req._dump()
  }

  #respond(body: FrameBody, encoding: BodyEncoding, trailers: readonly string[] = []): void {
    const res = this.#res
    const headers = this.#head?.headers ?? []
    const far = body === null || typeof body === 'string' ? undefined : body
    this.#host.send([RESPONSE, this.id, res.statusCode, statusTextOf(res), headers, body, encoding, trailers], far)
    if (far !== undefined) return
    this.#responded = true
    // Counted as done before the caller can know of it.
    this.#host.onResponded(this)
  }

  // A handler that has written something and not ended in the same turn wants it to be seen.
  #scheduleFlush(): void {
    if (this.#flushScheduled || this.#body.streaming) return
    this.#flushScheduled = true
    process.nextTick(flushLater, this)
  }

  flushIfOpen(): void {
    if (!this.#ended && !this.socket.destroyed && this.#res._hasBody) this.#body.stream()
  }

  #whenPosted(posted: () => void): void {
    if (this.#body.queuedBytes > 0) this.#body.write(EMPTY, 'latin1', posted)
    else process.nextTick(posted)
  }

  #drained(): void {
    emitDrain(this.#res)
  }

  #settleResponse(): void {
    this.#responded = true
    this.#host.onResponded(this)
    this.#settleIfDone()
  }

  #settleIfDone(): void {
    if (this.#settled || !this.#responded || (this.#upload !== null && !this.#upload.done)) return
    this.#settled = true
    // Whoever destroys `req.socket` from now on must not hit the request that uses the socket next.
    this.#req.socket = RELEASED as never
    this.#host.onSettled(this)
  }
}

const EMPTY = new Uint8Array(0)

/** Node, too, makes a text of whatever a handler has set. */
function statusTextOf({ statusMessage }: SyntheticResponse): string {
  return typeof statusMessage === 'string' ? statusMessage : String(statusMessage ?? '')
}

function closeLater(exchange: ServerExchange): void {
  exchange.close()
}

function flushLater(exchange: ServerExchange): void {
  exchange.flushIfOpen()
}

function closeResponse(res: SyntheticResponse): void {
  if (res._closed) return
  res.destroyed = true
  res._closed = true
  res.emit('close')
}

function isFlowing(req: IncomingMessage): boolean {
  return req.readableFlowing === true || req.readableEnded
}
