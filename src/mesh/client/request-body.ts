import { LATIN1, UTF8, type BodyEncoding } from '../frames.ts'
import { failure, lengthMismatch } from './errors.ts'

/** A request's body, in the form in which it will travel. */
export type RequestBody = NoBody | InlineBody | StreamedBody

interface NoBody {
  readonly kind: 'none'
}

/** Whole, inside the request's frame. */
export interface InlineBody {
  readonly kind: 'inline'
  readonly text: string
  readonly encoding: BodyEncoding
  readonly lengthBytes: number
  readonly contentType: string | null
}

/** Through a port of its own. `lengthBytes` is null when nobody knows. */
export interface StreamedBody {
  readonly kind: 'stream'
  readonly source: AsyncIterable<unknown> | Iterable<unknown>
  readonly lengthBytes: number | null
  readonly contentType: string | null
}

const NONE: NoBody = { kind: 'none' }

/** From anything that undici takes as a body. @throws MeshrtError MESHRT_MESH_INVALID_REQUEST for anything else. */
export function toRequestBody(body: unknown, thresholdBytes: number): RequestBody {
  if (body === null || body === undefined) return NONE
  if (typeof body === 'string') return fromText(body, thresholdBytes)
  if (body instanceof Uint8Array) return fromBytes(body, thresholdBytes)
  if (ArrayBuffer.isView(body)) return fromBytes(new Uint8Array(body.buffer, body.byteOffset, body.byteLength), thresholdBytes)
  if (body instanceof ArrayBuffer || body instanceof SharedArrayBuffer) return fromBytes(new Uint8Array(body), thresholdBytes)
  if (body instanceof URLSearchParams) {
    return withType(fromText(body.toString(), thresholdBytes), 'application/x-www-form-urlencoded;charset=UTF-8')
  }
  if (body instanceof Blob) {
    return { kind: 'stream', source: body.stream(), lengthBytes: body.size, contentType: body.type === '' ? null : body.type }
  }
  if (isForm(body)) return fromForm(body)
  if (isIterable(body)) return { kind: 'stream', source: body, lengthBytes: null, contentType: null }
  throw failure('MESHRT_MESH_INVALID_REQUEST', 'Cannot send the body: it is neither text nor bytes nor a stream')
}

/**
 * How long the body is after all: a Node stream that has ended before anybody read it, as after `pipeline(…).end()`, holds
 * all of it. Null for any other source. `ended` is not public, and what undici looks at, too.
 */
export function lengthOfEnded({ source }: StreamedBody): number | null {
  const { _readableState: state } = source as { readonly _readableState?: ReadableState }
  return state !== undefined && state.ended && !state.objectMode ? state.length : null
}

interface ReadableState {
  readonly ended: boolean
  readonly objectMode: boolean
  readonly length: number
}

/** Reads a source of a known, small length, so that it can travel inside the frame. @throws when the length was not true. */
export async function collectBody(body: StreamedBody, lengthBytes: number): Promise<InlineBody> {
  const chunks: Uint8Array[] = []
  let actualBytes = 0
  for await (const part of body.source) {
    const chunk = toBytes(part)
    actualBytes += chunk.byteLength
    if (actualBytes > lengthBytes) throw lengthMismatch(lengthBytes, actualBytes)
    chunks.push(chunk)
  }
  if (actualBytes !== lengthBytes) throw lengthMismatch(lengthBytes, actualBytes)
  const bytes = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks)
  return { kind: 'inline', text: toLatin1(bytes), encoding: LATIN1, lengthBytes, contentType: body.contentType }
}

/** Nobody will read the source, or not to its end. One that is being iterated is ended by its iterator. */
export function releaseSource({ source }: StreamedBody): void {
  if ('destroy' in source && typeof source.destroy === 'function') source.destroy()
  // What the source makes of it is its own affair: there is nobody left to tell.
  else if (source instanceof ReadableStream && !source.locked) source.cancel().catch(() => {})
}

/** A stream may fail while nobody reads it yet; without a listener that would be an uncaught error. */
export function onSourceError({ source }: StreamedBody, listener: (error: Error) => void): void {
  if ('on' in source && typeof source.on === 'function') source.on('error', listener)
}

/** A piece of a streamed body as bytes. @throws MeshrtError MESHRT_MESH_INVALID_REQUEST when it is neither text nor bytes. */
export function toBytes(part: unknown): Uint8Array {
  if (part instanceof Uint8Array) return part
  if (typeof part === 'string') return Buffer.from(part)
  if (ArrayBuffer.isView(part)) return new Uint8Array(part.buffer, part.byteOffset, part.byteLength)
  if (part instanceof ArrayBuffer) return new Uint8Array(part)
  throw failure('MESHRT_MESH_INVALID_REQUEST', 'Cannot send the body: a piece of it is neither text nor bytes')
}

function fromText(text: string, thresholdBytes: number): RequestBody {
  if (text === '') return NONE
  // A character has at most three bytes, so most texts need not be measured to know that they are small.
  const lengthBytes = Buffer.byteLength(text)
  if (lengthBytes > thresholdBytes) return { kind: 'stream', source: [Buffer.from(text)], lengthBytes, contentType: null }
  return { kind: 'inline', text, encoding: UTF8, lengthBytes, contentType: null }
}

function fromBytes(bytes: Uint8Array, thresholdBytes: number): RequestBody {
  const lengthBytes = bytes.byteLength
  if (lengthBytes === 0) return NONE
  if (lengthBytes > thresholdBytes) return { kind: 'stream', source: [bytes], lengthBytes, contentType: null }
  return { kind: 'inline', text: toLatin1(bytes), encoding: LATIN1, lengthBytes, contentType: null }
}

// `Response` knows how to write a form, boundary included.
function fromForm(form: FormData): RequestBody {
  const response = new Response(form)
  if (response.body === null) return NONE
  return { kind: 'stream', source: response.body, lengthBytes: null, contentType: response.headers.get('content-type') }
}

function withType(body: RequestBody, contentType: string): RequestBody {
  return body.kind === 'none' ? body : { ...body, contentType }
}

function toLatin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

function isForm(body: unknown): body is FormData {
  return typeof body === 'object' && body !== null && Object.prototype.toString.call(body) === '[object FormData]'
}

function isIterable(body: unknown): body is AsyncIterable<unknown> | Iterable<unknown> {
  return typeof body === 'object' && body !== null && (Symbol.asyncIterator in body || Symbol.iterator in body)
}
