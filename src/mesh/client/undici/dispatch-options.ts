import { stringify, type ParsedUrlQueryInput } from 'node:querystring'
import { contentLengthOf, knowHeaderName } from '../../headers.ts'
import { isIdempotent } from '../../request-line.ts'
import type { CallDefaults, MeshCall } from '../call.ts'
import { failure, lengthMismatch } from '../errors.ts'
import { lengthOfEnded, toRequestBody, type RequestBody } from '../request-body.ts'

/** What undici's `dispatch()` is given, as far as the mesh looks at it. */
export interface DispatchOptions {
  readonly origin?: string | URL
  readonly path: string
  readonly method: string
  readonly headers?: HeadersInput
  readonly body?: unknown
  readonly query?: ParsedUrlQueryInput | null
  readonly idempotent?: boolean
  readonly upgrade?: boolean | string | null
  readonly headersTimeout?: number | null
  readonly bodyTimeout?: number | null
}

type HeadersInput = readonly unknown[] | Iterable<readonly [unknown, unknown]> | Readonly<Record<string, unknown>> | null

/** @throws MeshrtError MESHRT_MESH_INVALID_REQUEST, or undici's error when the body is not as long as `Content-Length` says. */
export function toMeshCall(
  options: DispatchOptions,
  to: { readonly service: string; readonly host: string; readonly defaults: CallDefaults },
): MeshCall {
  if (opensTunnel(options)) {
    throw failure('MESHRT_MESH_INVALID_REQUEST', `Cannot open a tunnel to "${to.service}": that takes a connection, not a request`)
  }
  // Nothing that cannot be cloned may come near a channel.
  if (typeof options.method !== 'string' || typeof options.path !== 'string') {
    throw failure('MESHRT_MESH_INVALID_REQUEST', 'Cannot send the request: its method and path must be text')
  }
  const headers = flattenHeaders(options.headers)
  let body = toRequestBody(options.body, to.defaults.streamThresholdBytes)
  const lengthBytes = contentLengthOf(headers)
  if (Number.isNaN(lengthBytes)) throw failure('MESHRT_MESH_INVALID_REQUEST', 'Cannot send the request: Content-Length is not a number')
  if (body.kind === 'stream') {
    const expectedBytes = lengthBytes ?? body.lengthBytes
    if (lengthBytes === null && body.lengthBytes !== null) headers.push('content-length', String(body.lengthBytes))
    body = { ...body, lengthBytes: expectedBytes }
  } else {
    const actualBytes = body.kind === 'inline' ? body.lengthBytes : 0
    if (lengthBytes === null && (actualBytes > 0 || expectsPayload(options.method))) headers.push('content-length', String(actualBytes))
    if (lengthBytes !== null && lengthBytes !== actualBytes && !isBodiless(options.method, actualBytes)) {
      throw lengthMismatch(lengthBytes, actualBytes)
    }
  }
  if (body.kind !== 'none' && body.contentType !== null && !hasHeader(headers, 'content-type')) {
    headers.push('content-type', body.contentType)
  }
  if (!hasHeader(headers, 'host')) headers.unshift('host', to.host)
  return {
    service: to.service,
    method: options.method,
    path: options.query ? withQuery(options.path, options.query) : options.path,
    headers,
    body,
    idempotent: options.idempotent ?? isIdempotent(options.method),
    headersTimeoutMs: options.headersTimeout ?? to.defaults.headersTimeoutMs,
    bodyTimeoutMs: options.bodyTimeout ?? to.defaults.bodyTimeoutMs,
  }
}

/** An upgrade or a CONNECT: the caller wants the socket, which only a dispatcher that has sockets can give. */
export function opensTunnel({ upgrade, method }: DispatchOptions): boolean {
  return Boolean(upgrade) || method === 'CONNECT'
}

/** The body of a call that had no length when it was made: its source may have ended since. */
export function withEndedLength({ body, headers, method }: MeshCall): RequestBody {
  const lengthBytes = body.kind === 'stream' && body.lengthBytes === null ? lengthOfEnded(body) : null
  if (body.kind !== 'stream' || lengthBytes === null) return body
  if (lengthBytes > 0 || expectsPayload(method)) headers.push('content-length', String(lengthBytes))
  return { ...body, lengthBytes }
}

/** From any of the shapes that undici takes. The text itself is judged where the frame arrives. */
function flattenHeaders(input: HeadersInput | undefined): string[] {
  const flat: string[] = []
  if (input === null || input === undefined) return flat
  if (Array.isArray(input)) {
    // A flat array, or (as of `Object.entries`) pairs.
    if (Array.isArray(input[0])) for (const pair of input as readonly unknown[][]) append(flat, pair[0], pair[1])
    else for (let i = 0; i < input.length; i += 2) append(flat, input[i], input[i + 1])
  } else if (Symbol.iterator in input) {
    for (const [name, value] of input as Iterable<readonly [unknown, unknown]>) append(flat, name, value)
  } else {
    for (const name of Object.keys(input)) append(flat, name, input[name])
  }
  return flat
}

function append(flat: string[], name: unknown, value: unknown): void {
  if (value === undefined) return
  if (Array.isArray(value)) for (const one of value) flat.push(toText(name), toText(one))
  else flat.push(toText(name), value === null ? '' : toText(value))
}

function toText(value: unknown): string {
  if (typeof value === 'string') return value
  return Buffer.isBuffer(value) ? value.toString('latin1') : String(value)
}

function hasHeader(headers: readonly string[], lower: string): boolean {
  for (let i = 0; i < headers.length; i += 2) if (knowHeaderName(headers[i] ?? '')?.lower === lower) return true
  return false
}

// As undici does, so that a server sees that there is no body.
function expectsPayload(method: string): boolean {
  return method === 'POST' || method === 'PUT' || method === 'PATCH'
}

// A HEAD or GET that repeats the length of something else harms nobody.
function isBodiless(method: string, actualBytes: number): boolean {
  return actualBytes === 0 && !expectsPayload(method)
}

function withQuery(path: string, query: ParsedUrlQueryInput): string {
  const text = stringify(query)
  return text === '' ? path : `${path}${path.includes('?') ? '&' : '?'}${text}`
}
