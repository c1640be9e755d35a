import { AsyncResource } from 'node:async_hooks'
import type { ExchangeControl, ResponseSink } from '../sink.ts'

/** undici's two handler interfaces, seen as one. Written from their documentation; nothing of undici is imported. */

/** undici up to 7, and the fetch of Node 22 and 24. */
export interface OldHandler {
  onConnect?(abort: (reason?: unknown) => void, context?: unknown): void
  onResponseStarted?(): void
  onHeaders?(status: number, headers: string[], resume: () => void, statusMessage: string): boolean | void
  /** Only called by dispatchers that have sockets. */
  onUpgrade?(status: number, headers: string[], socket: unknown): void
  onData?(chunk: Buffer): boolean | void
  onComplete?(trailers: string[]): void
  onError?(error: Error): void
}

/** undici from 7 on, the only one of 8. */
interface NewHandler {
  onRequestStart?(controller: NewController, context: unknown): void
  onResponseStarted?(): void
  onResponseStart?(controller: NewController, status: number, headers: HeaderRecord, statusMessage: string): void
  onRequestUpgrade?(controller: NewController, status: number, headers: HeaderRecord, socket: unknown): void
  onResponseData?(controller: NewController, chunk: Buffer): void
  onResponseEnd?(controller: NewController, trailers: HeaderRecord): void
  onResponseError?(controller: NewController, error: Error): void
}

export type DispatchHandler = OldHandler & NewHandler

export interface NewController {
  pause(): void
  resume(): void
  abort(reason: unknown): void
  readonly aborted: boolean
  readonly reason: unknown
  readonly paused: boolean
  rawHeaders: string[] | null
  rawTrailers: string[] | null
}

export type HeaderRecord = Record<string, string | string[]>

export function isNewHandler(handler: DispatchHandler): boolean {
  return typeof handler.onRequestStart === 'function'
}

export function toSink(handler: DispatchHandler): ResponseSink {
  return isNewHandler(handler) ? new NewHandlerSink(handler) : new OldHandlerSink(handler)
}

/** Names in lower case; a name that comes twice has an array. */
export function toHeaderRecord(flat: readonly string[]): HeaderRecord {
  const record: HeaderRecord = {}
  for (let i = 0; i < flat.length; i += 2) {
    const name = (flat[i] ?? '').toLowerCase()
    const value = flat[i + 1] ?? ''
    const before = Object.hasOwn(record, name) ? record[name] : undefined
    const after = before === undefined ? value : typeof before === 'string' ? [before, value] : [...before, value]
    // Assigning to `__proto__` would change the object's prototype.
    if (name === '__proto__') Object.defineProperty(record, name, { value: after, enumerable: true, configurable: true, writable: true })
    else record[name] = after
  }
  return record
}

/** undici's own handlers restore the context of their caller themselves, where that matters. */
function handlesContextItself(handler: object): boolean {
  return handler instanceof AsyncResource
}

class OldHandlerSink implements ResponseSink {
  readonly contextFree: boolean
  readonly #handler: OldHandler
  #resume: () => void = () => {}

  constructor(handler: OldHandler) {
    this.#handler = handler
    this.contextFree = handlesContextItself(handler)
  }

  started(control: ExchangeControl): void {
    this.#resume = () => control.resume()
    this.#handler.onConnect?.((reason) => control.abort(reason), null)
  }

  headers(status: number, headers: string[], statusMessage: string): boolean {
    this.#handler.onResponseStarted?.()
    return this.#handler.onHeaders?.(status, headers, this.#resume, statusMessage) !== false
  }

  data(chunk: Buffer): boolean {
    return this.#handler.onData?.(chunk) !== false
  }

  complete(trailers: string[]): void {
    this.#handler.onComplete?.(trailers)
  }

  error(error: Error): void {
    if (this.#handler.onError === undefined) throw error
    this.#handler.onError(error)
  }
}

class NewHandlerSink implements ResponseSink {
  readonly contextFree: boolean
  readonly #handler: NewHandler
  #controller = new Controller(null)

  constructor(handler: NewHandler) {
    this.#handler = handler
    this.contextFree = handlesContextItself(handler)
  }

  started(control: ExchangeControl): void {
    this.#controller = new Controller(control)
    this.#handler.onRequestStart?.(this.#controller, {})
  }

  headers(status: number, headers: string[], statusMessage: string): boolean {
    this.#handler.onResponseStarted?.()
    this.#controller.rawHeaders = headers
    this.#handler.onResponseStart?.(this.#controller, status, toHeaderRecord(headers), statusMessage)
    return !this.#controller.paused
  }

  data(chunk: Buffer): boolean {
    this.#handler.onResponseData?.(this.#controller, chunk)
    return !this.#controller.paused
  }

  complete(trailers: string[]): void {
    this.#controller.rawTrailers = trailers
    this.#handler.onResponseEnd?.(this.#controller, toHeaderRecord(trailers))
  }

  error(error: Error): void {
    if (this.#handler.onResponseError === undefined) throw error
    this.#handler.onResponseError(this.#controller, error)
  }
}

class Controller implements NewController {
  readonly #control: ExchangeControl | null
  rawHeaders: string[] | null = null
  rawTrailers: string[] | null = null
  aborted = false
  reason: unknown = null
  paused = false

  constructor(control: ExchangeControl | null) {
    this.#control = control
  }

  pause(): void {
    this.paused = true
    this.#control?.pause()
  }

  resume(): void {
    this.paused = false
    this.#control?.resume()
  }

  abort(reason: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    this.#control?.abort(reason)
  }
}
