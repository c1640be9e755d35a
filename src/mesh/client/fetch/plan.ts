import { Readable } from 'node:stream'
import type { Destination } from '../../host.ts'
import { isHeaderValue, knowHeaderName } from '../../headers.ts'
import { isIdempotent } from '../../request-line.ts'
import type { CallDefaults, MeshCall } from '../call.ts'
import { undiciMajor } from '../undici/global.ts'
import { toRequestBody, type RequestBody } from '../request-body.ts'

/** What a call of `fetch` asks for, where the mesh can do it itself. */
export interface FetchPlan {
  readonly url: URL
  readonly call: MeshCall
  readonly signal: AbortSignal | null
  readonly redirect: RedirectMode
  /** To be sent again when the answer is a redirect. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: FetchBody
}

type RedirectMode = 'follow' | 'manual' | 'error'

/** Bodies that are taken as they are. A stream can be sent only once. */
type FetchBody = string | URLSearchParams | ArrayBuffer | NodeJS.ArrayBufferView<ArrayBuffer> | ReadableStream | null

interface FetchTerms {
  readonly defaults: CallDefaults
  resolve(origin: string): Destination
}

/** Options that change nothing here. All others that are not known below are left to the original `fetch`. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set(['credentials', 'keepalive', 'priority', 'duplex'])
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])

/** Headers with rules of their own in the original. */
const SPECIAL: ReadonlySet<string> = new Set([
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

/**
 * Null leaves the call to the original `fetch`: foreign hosts, and whatever is not simple (forms, blobs, invalid
 * arguments, which it refuses in its own words). That one reaches the mesh, too, by its dispatcher, at a higher price.
 */
export function planFetch(input: unknown, init: RequestInit | undefined, terms: FetchTerms): FetchPlan | null {
  const request = toParts(input, init)
  if (request === null) return null
  const { url, method } = request
  if (url.protocol !== 'http:' || url.username !== '' || url.password !== '') return null
  const to = terms.resolve(url.origin)
  if (to.kind !== 'mesh' || !METHODS.has(method)) return null
  const own = toOwnHeaders(request.headers)
  if (own === null || !isTaken(request.body) || (request.body !== null && (method === 'GET' || method === 'HEAD'))) return null
  const body = toRequestBody(request.body, terms.defaults.streamThresholdBytes)
  return {
    url,
    signal: request.signal,
    redirect: request.redirect,
    headers: own.pairs,
    body: request.body,
    call: {
      service: to.service,
      method,
      path: url.pathname + url.search,
      headers: toFlat(own, { host: to.host, method, body, contentType: contentTypeOf(request.body) }),
      body,
      idempotent: isIdempotent(method),
      headersTimeoutMs: terms.defaults.headersTimeoutMs,
      bodyTimeoutMs: terms.defaults.bodyTimeoutMs,
    },
  }
}

interface RequestParts {
  readonly url: URL
  readonly method: string
  readonly headers: unknown
  readonly body: unknown
  readonly signal: AbortSignal | null
  readonly redirect: RedirectMode
}

function toParts(input: unknown, init: RequestInit | undefined): RequestParts | null {
  if (typeof input === 'string' || input instanceof URL) {
    const url = URL.parse(String(input))
    return url === null ? null : fromInit(url, init)
  }
  // A request's body is a stream already.
  if (!(input instanceof Request) || init !== undefined || input.body !== null) return null
  if (input.integrity !== '' || input.mode !== 'cors' || input.cache !== 'default') return null
  const { method, headers, signal, redirect } = input
  return { url: new URL(input.url), method, headers, body: null, signal, redirect }
}

const NO_INIT = { method: 'GET', headers: undefined, body: null, signal: null, redirect: 'follow' } as const

function fromInit(url: URL, init: RequestInit | undefined): RequestParts | null {
  if (init === undefined || init === null) return { url, ...NO_INIT }
  if (typeof init !== 'object') return null
  for (const key in init) {
    if (!(key in NO_INIT) && !WITHOUT_EFFECT.has(key) && (init as Readonly<Record<string, unknown>>)[key] !== undefined) return null
  }
  const { method = 'GET', headers, body = null, signal = null, redirect = 'follow' } = init
  if (body instanceof ReadableStream && init.duplex !== 'half') return null
  if (typeof method !== 'string' || !(signal === null || signal instanceof AbortSignal)) return null
  if (redirect !== 'follow' && redirect !== 'manual' && redirect !== 'error') return null
  const upper = method.toUpperCase()
  // The standard writes `patch` as it was given, and servers do not know it.
  return { url, method: upper === 'PATCH' ? method : upper, headers, body, signal, redirect }
}

function isTaken(body: unknown): body is FetchBody {
  if (body === null || typeof body === 'string' || body instanceof URLSearchParams) return true
  // The original keeps all of such a body until the request is over.
  if (body instanceof ReadableStream) return !body.locked && !Readable.isDisturbed(body as unknown as Readable)
  return body instanceof ArrayBuffer || (ArrayBuffer.isView(body) && body.buffer instanceof ArrayBuffer)
}

function contentTypeOf(body: FetchBody): string | null {
  if (typeof body === 'string') return 'text/plain;charset=UTF-8'
  return body instanceof URLSearchParams ? 'application/x-www-form-urlencoded;charset=UTF-8' : null
}

interface OwnHeaders {
  readonly pairs: readonly (readonly [name: string, value: string])[]
  /** Their names in lower case. */
  readonly names: ReadonlySet<string>
}

const NO_HEADERS: OwnHeaders = { pairs: [], names: new Set() }

/** Null for headers that the original should judge. */
function toOwnHeaders(headers: unknown): OwnHeaders | null {
  if (headers === undefined || headers === null) return NO_HEADERS
  // An iterator could not be read again by the original.
  if (typeof headers !== 'object' || (Symbol.iterator in headers && 'next' in headers)) return null
  const pairs: (readonly [string, string])[] = []
  const names = new Set<string>()
  for (const entry of Symbol.iterator in headers ? (headers as Iterable<unknown>) : Object.entries(headers)) {
    if (!Array.isArray(entry) || entry.length !== 2 || typeof entry[0] !== 'string') return null
    const name = knowHeaderName(entry[0])
    if (name === null || SPECIAL.has(name.lower) || names.has(name.lower)) return null
    const value = String(entry[1])
    if (!isHeaderValue(value) || OUTER_SPACE.test(value)) return null
    names.add(name.lower)
    pairs.push([entry[0], value])
  }
  return { pairs, names }
}

const OUTER_SPACE = /^[\t ]|[\t ]$/

/** With what the original adds, in its order. */
function toFlat(
  own: OwnHeaders,
  request: { readonly host: string; readonly method: string; readonly body: RequestBody; readonly contentType: string | null },
): string[] {
  const { pairs, names } = own
  const flat = ['host', request.host]
  // The original has no say over the host either.
  for (const [name, value] of pairs) if (knowHeaderName(name)?.lower !== 'host') flat.push(name, value)
  if (request.contentType !== null && !names.has('content-type')) flat.push('content-type', request.contentType)
  for (const [name, value] of DEFAULTS) if (!names.has(name)) flat.push(name, value)
  const { body, method } = request
  const lengthBytes = body.kind === 'none' ? 0 : body.lengthBytes
  if (lengthBytes === null) return flat
  if (lengthBytes !== 0 || method === 'POST' || method === 'PUT' || method === 'PATCH') flat.push('content-length', String(lengthBytes))
  return flat
}

const DEFAULTS: readonly (readonly [name: string, value: string])[] = [
  ['accept', '*/*'],
  ['accept-language', '*'],
  // Since undici 8 for https: and the local host only.
  ...(undiciMajor >= 8 ? [] : ([['sec-fetch-mode', 'cors']] as const)),
  ['user-agent', 'node'],
  ['accept-encoding', 'gzip, deflate'],
]
