import type { BodyEncoding } from '../../frames.ts'
import type { ExchangeControl, ResponseSink } from '../sink.ts'
import { openBodyStream, type BodyFeed } from './body-stream.ts'
import type { ResponseContent } from './response.ts'

/** A response as it came, before redirects and encodings are looked at. */
export interface FetchAnswer {
  readonly status: number
  readonly statusText: string
  readonly headers: readonly string[]
  readonly content: ResponseContent
  /** Nobody wants its body. */
  readonly discard: () => void
}

interface Settle {
  readonly resolve: (answer: FetchAnswer) => void
  readonly reject: (error: unknown) => void
}

/** Statuses whose responses have no body (Fetch standard, "null body status"). */
const BODILESS: ReadonlySet<number> = new Set([204, 205, 304])

/** Turns what an exchange reports into one answer, with the errors that `fetch` has for what goes wrong. */
export class FetchSink implements ResponseSink {
  readonly contextFree = true
  readonly #method: string
  readonly #signal: AbortSignal | null
  /** Let go of when used: by its promise it would hold the response, which somebody may have dropped. */
  #settle: Settle | null
  #control: ExchangeControl | null = null
  #feed: BodyFeed | null = null

  constructor(request: { readonly method: string; readonly signal: AbortSignal | null }, settle: Settle) {
    this.#method = request.method
    this.#signal = request.signal
    this.#settle = settle
  }

  started(control: ExchangeControl): void {
    this.#control = control
    this.#signal?.addEventListener('abort', this)
  }

  /** The signal's. */
  handleEvent(): void {
    this.#control?.abort(this.#signal?.reason)
  }

  whole(status: number, headers: readonly string[], statusText: string, text: string, encoding: BodyEncoding): void {
    this.#over()
    const content = this.#isBodiless(status) ? null : { text, encoding }
    this.#resolve({ status, statusText, headers, content, discard: nothing })
  }

  headers(status: number, headers: string[], statusText: string): boolean {
    const control = this.#control
    if (control === null) return false
    if (this.#isBodiless(status)) {
      this.#resolve({ status, statusText, headers, content: null, discard: nothing })
      return true
    }
    const { feed, stream } = openBodyStream(control)
    this.#feed = feed
    this.#resolve({ status, statusText, headers, content: stream, discard: () => control.abort() })
    // Until somebody reads.
    return false
  }

  data(chunk: Buffer): boolean {
    const isOwnMemory = chunk.buffer instanceof ArrayBuffer && chunk.byteLength === chunk.buffer.byteLength
    const bytes = isOwnMemory ? new Uint8Array(chunk.buffer) : new Uint8Array(chunk)
    return this.#feed === null || this.#feed.push(bytes)
  }

  complete(): void {
    this.#over()
    this.#feed?.end()
  }

  error(error: Error): void {
    const byCaller = this.#signal?.aborted === true
    this.#over()
    if (this.#feed === null) this.#settle?.reject(byCaller ? this.#signal?.reason : new TypeError('fetch failed', { cause: error }))
    else this.#feed.fail(byCaller ? this.#signal?.reason : new TypeError('terminated', { cause: error }))
  }

  #resolve(answer: FetchAnswer): void {
    const settle = this.#settle
    this.#settle = null
    settle?.resolve(answer)
  }

  #isBodiless(status: number): boolean {
    return this.#method === 'HEAD' || BODILESS.has(status)
  }

  #over(): void {
    this.#signal?.removeEventListener('abort', this)
  }
}

function nothing(): void {}
