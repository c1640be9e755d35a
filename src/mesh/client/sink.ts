import type { BodyEncoding } from '../frames.ts'

/** What a caller hears of its request, in this order: `started`, `headers`, `data`…, `complete` — or `error` at any point, once. */
export interface ResponseSink {
  /** It does not matter in what async context it is called: it settles promises, fills streams, or restores its caller's context itself. */
  readonly contextFree: boolean
  /** May call `control.abort()` at once. */
  started(control: ExchangeControl): void
  /** False asks to hold the body back until `control.resume()`. */
  headers(status: number, headers: string[], statusMessage: string): boolean
  data(chunk: Buffer): boolean
  complete(trailers: string[]): void
  error(error: Error): void
  /** In place of `headers`, `data` and `complete`, for a response that came in one piece; of no use to those who do without. */
  whole?(status: number, headers: readonly string[], statusMessage: string, text: string, encoding: BodyEncoding): void
}

/** What a caller may do to its request. */
export interface ExchangeControl {
  abort(reason?: unknown): void
  pause(): void
  resume(): void
}
