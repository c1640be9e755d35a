import { AsyncResource } from 'node:async_hooks'
import type { WorkerKey } from '../../model/ids.ts'
import { decodeBody, type ResponseFrame } from '../frames.ts'
import { withoutHopByHop } from '../headers.ts'
import { StreamConsumer } from '../stream/consumer.ts'
import type { StreamPort } from '../stream/stream-port.ts'
import { startTrace, type Trace } from './diagnostics.ts'
import type { MeshCall } from './call.ts'
import { aborted, bodyTimeout, headersTimeout } from './errors.ts'
import type { ExchangeControl, ResponseSink } from './sink.ts'
import { onSourceError, releaseSource, type RequestBody } from './request-body.ts'
import { Upload } from './upload.ts'

/** What an exchange needs of those who carry it. */
export interface ExchangeHost {
  nowMs(): number
  /** Its deadline may have become an earlier one. */
  onDeadline(deadlineMs: number): void
  /** It waited for a target for as long as it may. */
  onHoldExpired(exchange: ClientExchange): void
  /** No head came in time; it ends right after this. */
  onTimedOut(exchange: ClientExchange): void
  /** It is over: whoever carries it lets go of it, and tells the target if `cancelled`. */
  onDone(exchange: ClientExchange, end: 'complete' | 'cancelled'): void
}

/** The way to a target, as far as the request on it is concerned. */
export interface Carrier {
  timedOut(exchange: ClientExchange): void
  release(exchange: ClientExchange, end: 'complete' | 'cancelled'): void
}

/** `preparing`: its body is being read. `held`: no target. `sent`: no response yet. `receiving`: the head is there. */
export type Stage = 'preparing' | 'held' | 'sent' | 'receiving' | 'done'

/**
 * One request of this worker, from the caller's `dispatch` to the last byte of the response. Plain fields instead of a
 * union: this is the hot path, and every object per request shows in the throughput.
 */
export class ClientExchange implements ExchangeControl {
  readonly call: MeshCall
  body: RequestBody
  stage: Stage = 'preparing'
  /** Where it was sent, and as which frame of that channel. */
  id = 0
  ordinal = 0
  carrier: Carrier | null = null
  retried = false
  /** For this worker and no other. */
  readonly only: WorkerKey | null
  /** In the list of all that is under way. */
  place = 0
  /** When it fails by itself; Infinity for never. */
  deadlineMs = Number.POSITIVE_INFINITY
  readonly #host: ExchangeHost
  readonly #sink: ResponseSink
  readonly #scope: AsyncResource | null
  #trace: Trace | null = null
  #upload: Upload | null = null
  #consumer: StreamConsumer | null = null
  #inline: Buffer | null = null
  #trailers: readonly string[] | null = null
  #heldMs = 0
  #heldSinceMs = 0
  #paused = false
  #delivering = false

  constructor(call: MeshCall, sink: ResponseSink, host: ExchangeHost, only: WorkerKey | null = null) {
    this.call = call
    this.only = only
    this.body = call.body
    this.#sink = sink
    this.#host = host
    // The caller's callbacks run in the caller's async context, whatever the port's event runs in.
    this.#scope = sink.contextFree ? null : new AsyncResource('MESHRT_REQUEST', { requireManualDestroy: true })
  }

  /** The caller's `onConnect`; false when it aborted in there. */
  start(): boolean {
    this.#trace = startTrace(this.call)
    if (this.body.kind === 'stream') onSourceError(this.body, (error) => this.abort(error))
    this.#guard(() => this.#sink.started(this))
    return !this.done
  }

  get done(): boolean {
    return this.stage === 'done'
  }

  /** Whether it may be sent once more: always when nobody took it, else only what can be repeated without harm. */
  get replayable(): boolean {
    return this.stage === 'sent' && !this.#upload?.started
  }

  /** Has it wait for a target. `limitMs` is for all its waits together: the way to one may break again and again. */
  hold(limitMs: number): void {
    this.stage = 'held'
    this.#heldSinceMs = this.#host.nowMs()
    this.#setDeadline(this.#heldSinceMs + Math.max(0, limitMs - this.#heldMs))
  }

  /** Waits no longer. */
  unhold(): void {
    this.#heldMs += this.#host.nowMs() - this.#heldSinceMs
  }

  sent(carrier: Carrier, id: number): void {
    this.stage = 'sent'
    this.carrier = carrier
    this.id = id
    this.#trace?.sent()
    this.#setDeadline(this.call.headersTimeoutMs === 0 ? Infinity : this.#host.nowMs() + this.call.headersTimeoutMs)
  }

  /** Streams the body through the port, as soon as the other side asks for it. */
  upload(port: StreamPort): void {
    if (this.body.kind !== 'stream') return
    this.#upload = new Upload(port, { body: this.body, onError: (error) => this.abort(error) })
  }

  /** Back to before it was sent. */
  recall(): void {
    this.#upload?.abandon()
    this.#upload = null
    this.carrier = null
  }

  respond(frame: ResponseFrame): void {
    const [, , status, statusMessage, headers, body, encoding, trailers] = frame
    this.stage = 'receiving'
    this.#trailers = trailers
    this.#trace?.responded(status, headers, statusMessage)
    if (body === null || typeof body === 'string') {
      if (this.#sink.whole !== undefined) {
        this.#end('complete')
        this.#trace?.completed(trailers)
        this.#sink.whole(status, withoutHopByHop(headers), statusMessage, body ?? '', encoding)
        return
      }
      this.deadlineMs = Number.POSITIVE_INFINITY
      if (body !== null && body !== '') this.#inline = decodeBody(body, encoding)
    } else {
      this.#trailers = null
      // Paused until the head is delivered.
      this.#consumer = new StreamConsumer(body, { begin: 'as-agreed', events: this.#streamEvents() })
      this.#consumer.pause()
      this.touch()
    }
    if (this.#scope === null) this.#deliverHead(status, statusMessage, withoutHopByHop(headers))
    else this.#scope.runInAsyncScope(() => this.#deliverHead(status, statusMessage, withoutHopByHop(headers)))
  }

  /** Ends it with an error, once. */
  fail(error: Error): void {
    if (!this.done) this.#endWith('complete', error)
  }

  abort(reason?: unknown): void {
    if (!this.done) this.#endWith('cancelled', reason instanceof Error ? reason : aborted())
  }

  pause(): void {
    this.#paused = true
    if (this.#consumer === null) return
    this.#consumer.pause()
    // A reader that wants no more is not an idle writer.
    this.deadlineMs = Number.POSITIVE_INFINITY
  }

  resume(): void {
    if (!this.#paused || this.done) return
    this.#paused = false
    if (this.#delivering) return
    this.#inScope(() => this.#deliverBody())
  }

  /** The sweep found its deadline passed. */
  expire(): void {
    switch (this.stage) {
      case 'held':
        this.#host.onHoldExpired(this)
        return
      case 'sent':
        this.#host.onTimedOut(this)
        this.#endWith('cancelled', headersTimeout(this.call.service, this.call.headersTimeoutMs))
        return
      case 'receiving':
        this.#endWith('cancelled', bodyTimeout(this.call.service, this.call.bodyTimeoutMs))
        return
      case 'preparing':
      case 'done':
        return
    }
  }

  /** Something of the body came. */
  touch(): void {
    if (this.call.bodyTimeoutMs > 0) this.#setDeadline(this.#host.nowMs() + this.call.bodyTimeoutMs)
    else this.deadlineMs = Number.POSITIVE_INFINITY
  }

  #deliverHead(status: number, statusMessage: string, headers: readonly string[]): void {
    this.#guard(() => {
      this.#paused = !this.#sink.headers(status, headers as string[], statusMessage)
    })
    if (!this.done && !this.#paused) this.#deliverBody()
  }

  #deliverBody(): void {
    if (this.#consumer !== null) {
      this.touch()
      this.#consumer.resume()
      return
    }
    if (this.#inline !== null) {
      const chunk = this.#inline
      this.#inline = null
      this.#deliverChunk(chunk)
    }
    if (!this.done && !this.#paused && this.#trailers !== null) this.#complete(this.#trailers)
  }

  #deliverChunk(chunk: Buffer): void {
    this.#guard(() => {
      if (!this.#sink.data(chunk)) this.pause()
    })
  }

  #complete(trailers: readonly string[]): void {
    this.#end('complete')
    this.#trace?.completed(trailers)
    this.#sink.complete([...trailers])
  }

  // A caller's callback that throws ends its own request, as with undici.
  #guard(callback: () => void): void {
    this.#delivering = true
    try {
      callback()
    } catch (error) {
      this.abort(error)
    } finally {
      this.#delivering = false
    }
  }

  #inScope(callback: () => void): void {
    if (this.#scope === null) callback()
    else this.#scope.runInAsyncScope(callback)
  }

  #endWith(end: 'complete' | 'cancelled', error: Error): void {
    this.#end(end)
    this.#trace?.failed(error)
    try {
      this.#inScope(() => this.#sink.error(error))
    } catch (thrown) {
      // The caller's own mistake, which is an uncaught exception; others may be waiting for the same news.
      process.nextTick(() => {
        throw thrown
      })
    }
  }

  #end(end: 'complete' | 'cancelled'): void {
    const responded = this.#trailers !== null
    this.#host.onDone(this, end)
    this.stage = 'done'
    this.deadlineMs = Number.POSITIVE_INFINITY
    this.#consumer?.cancel()
    // After a whole response the target may still be reading the request's body.
    if (end === 'cancelled' || !responded || this.#upload === null) this.#stopUpload()
  }

  #stopUpload(): void {
    if (this.#upload !== null) this.#upload.stop()
    else if (this.body.kind === 'stream') releaseSource(this.body)
  }

  #streamEvents() {
    return {
      onChunk: (chunk: Buffer) => {
        this.touch()
        this.#inScope(() => this.#deliverChunk(chunk))
      },
      onEnd: (trailers: readonly string[]) => {
        this.#trailers = trailers
        this.#inScope(() => this.#complete(trailers))
      },
      onError: (error: Error) => this.fail(error),
    }
  }

  #setDeadline(deadlineMs: number): void {
    this.deadlineMs = deadlineMs
    if (deadlineMs !== Number.POSITIVE_INFINITY) this.#host.onDeadline(deadlineMs)
  }
}
