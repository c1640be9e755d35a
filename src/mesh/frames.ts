import { isErrorCode, type ErrorCode } from '../errors/catalogue.ts'
import { isHeaderValue, problemOfHeaders } from './headers.ts'
import { isMethod, isPath } from './request-line.ts'
import { isStreamPort, type StreamPort } from './stream/stream-port.ts'
import type { LineMessage } from './tunnel/protocol.ts'

/** What travels on a channel: one post carries an array of these. Arrays, because they clone faster than objects. */
export type CallerFrame = RequestFrame | CancelFrame | LineFrame
export type TargetFrame = ResponseFrame | FailFrame | GoAwayFrame | LineFrame
export type Frame = CallerFrame | TargetFrame

export const REQUEST = 1
export const CANCEL = 2
export const RESPONSE = 3
export const FAIL = 4
export const GOAWAY = 5
export const LINE = 6

/** The method of a request that opens a tunnel; its body is the first of the tunnel's bytes, and its response, without a body, the tunnel's end. */
export const CONNECT = 'CONNECT'

/** Text as it is, or bytes as latin1 text: a one-byte string clones several times faster than a small ArrayBuffer. */
export const UTF8 = 0
export const LATIN1 = 1
export type BodyEncoding = typeof UTF8 | typeof LATIN1

/** Nothing, the whole body, or the stream it comes through. */
export type FrameBody = null | string | StreamPort

/** Name, value, name, value: as Node's `rawHeaders`. */
export type FlatHeaders = readonly string[]

export type RequestFrame = readonly [
  kind: typeof REQUEST,
  id: number,
  method: string,
  path: string,
  headers: FlatHeaders,
  body: FrameBody,
  encoding: BodyEncoding,
]
type CancelFrame = readonly [kind: typeof CANCEL, id: number]
export type ResponseFrame = readonly [
  kind: typeof RESPONSE,
  id: number,
  status: number,
  statusMessage: string,
  headers: FlatHeaders,
  body: FrameBody,
  encoding: BodyEncoding,
  trailers: FlatHeaders,
]
type FailFrame = readonly [kind: typeof FAIL, id: number, code: ErrorCode, message: string]
/** Requests after `lastId` were not and will not be handled here. */
type GoAwayFrame = readonly [kind: typeof GOAWAY, lastId: number]
/** For the open tunnel of that id; the tunnel inspects the message. */
type LineFrame = readonly [kind: typeof LINE, id: number, message: LineMessage]

export type Inspected<F extends Frame> =
  | { readonly ok: true; readonly frame: F }
  /** `id` when at least that could be read, so that its request can be failed. */
  | { readonly ok: false; readonly id: number | null; readonly problem: string }

/** Nothing of a frame is believed before this: it harms one request at most, never the worker. */
export function inspectCallerFrame(value: unknown): Inspected<CallerFrame> {
  if (!Array.isArray(value)) return { ok: false, id: null, problem: 'a frame is not an array' }
  const problem = problemOfCallerFrame(value)
  return problem === null ? { ok: true, frame: value as unknown as CallerFrame } : { ok: false, id: readId(value), problem }
}

export function inspectTargetFrame(value: unknown): Inspected<TargetFrame> {
  if (!Array.isArray(value)) return { ok: false, id: null, problem: 'a frame is not an array' }
  const problem = problemOfTargetFrame(value)
  return problem === null ? { ok: true, frame: value as unknown as TargetFrame } : { ok: false, id: readId(value), problem }
}

/** The stream of a frame that nobody will use has to be closed, or the other end waits for ever. */
export function closeStreamsOf(value: unknown): void {
  if (!Array.isArray(value)) return
  for (const part of value) if (isStreamPort(part)) part.close()
}

/** Bytes of an inline body. */
export function decodeBody(body: string, encoding: BodyEncoding): Buffer {
  return Buffer.from(body, encoding === LATIN1 ? 'latin1' : 'utf8')
}

function problemOfCallerFrame(frame: readonly unknown[]): string | null {
  if (!isId(frame[1])) return 'a frame has no request id'
  if (frame[0] === CANCEL || frame[0] === LINE) return null
  if (frame[0] !== REQUEST) return 'a frame is of an unknown kind'
  if (frame[2] === CONNECT) return isText(frame[5]) ? problemOfBody(frame[5], frame[6]) : 'the first bytes of a tunnel are not text'
  if (!isMethod(frame[2])) return 'the method is not an HTTP method'
  if (!isPath(frame[3])) return 'the path is not valid in an HTTP request'
  return problemOfHeaders(frame[4]) ?? problemOfBody(frame[5], frame[6])
}

function problemOfTargetFrame(frame: readonly unknown[]): string | null {
  if (!isId(frame[1])) return 'a frame has no request id'
  switch (frame[0]) {
    case GOAWAY:
    case LINE:
      return null
    case FAIL:
      return typeof frame[2] === 'string' && isErrorCode(frame[2]) && typeof frame[3] === 'string' ? null : 'a failure has no code'
    case RESPONSE:
      if (!isStatus(frame[2])) return 'the status is not an HTTP status'
      if (typeof frame[3] !== 'string' || !isHeaderValue(frame[3])) return 'the status message is not valid in an HTTP response'
      return problemOfHeaders(frame[4]) ?? problemOfBody(frame[5], frame[6]) ?? problemOfHeaders(frame[7])
    default:
      return 'a frame is of an unknown kind'
  }
}

function problemOfBody(body: unknown, encoding: unknown): string | null {
  if (body !== null && typeof body !== 'string' && !isStreamPort(body)) return 'the body is neither text nor a stream'
  return encoding === UTF8 || encoding === LATIN1 ? null : 'the body has no encoding'
}

function isText(value: unknown): boolean {
  return typeof value === 'string'
}

function readId(frame: readonly unknown[]): number | null {
  return isId(frame[1]) ? frame[1] : null
}

function isId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isStatus(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 200 && value <= 999
}
