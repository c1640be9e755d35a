import { toHeaderRecord, type DispatchHandler, type NewController, type OldHandler } from './handlers.ts'

/** Lets a caller with the new handler interface (npm undici 8) use a dispatcher that only knows the old one (Node 22 and 24). */
export function toOldHandler(handler: DispatchHandler): OldHandler {
  const state = { aborted: false, reason: null as unknown, paused: false, abort: noAbort, resume: noop }
  const controller: NewController = {
    rawHeaders: null,
    rawTrailers: null,
    pause: () => {
      state.paused = true
    },
    resume: () => {
      if (!state.paused) return
      state.paused = false
      state.resume()
    },
    abort: (reason) => {
      if (state.aborted) return
      state.aborted = true
      state.reason = reason
      state.abort(reason)
    },
    get aborted() {
      return state.aborted
    },
    get reason() {
      return state.reason
    },
    get paused() {
      return state.paused
    },
  }
  return {
    onConnect: (abort, context) => {
      state.abort = abort
      handler.onRequestStart?.(controller, context)
    },
    onResponseStarted: () => handler.onResponseStarted?.(),
    onHeaders: (status, headers, resume, statusMessage) => {
      state.resume = resume
      controller.rawHeaders = headers
      handler.onResponseStart?.(controller, status, toHeaderRecord(toText(headers)), statusMessage)
      return !state.paused
    },
    onUpgrade: (status, headers, socket) => {
      controller.rawHeaders = headers
      handler.onRequestUpgrade?.(controller, status, toHeaderRecord(toText(headers)), socket)
    },
    onData: (chunk) => {
      handler.onResponseData?.(controller, chunk)
      return !state.paused
    },
    onComplete: (trailers) => {
      controller.rawTrailers = trailers
      handler.onResponseEnd?.(controller, toHeaderRecord(toText(trailers)))
    },
    onError: (error) => handler.onResponseError?.(controller, error),
  }
}

// undici hands out Buffers here.
function toText(headers: readonly unknown[]): string[] {
  return headers.map((part) => (Buffer.isBuffer(part) ? part.toString('latin1') : String(part)))
}

function noop(): void {}
function noAbort(_reason?: unknown): void {}
