import type { FlatHeaders } from './frames.ts'

/** Header rules of RFC 9110 and 9112, on flat arrays: name, value, name, value. */

const TOKEN = /^[\^_`a-zA-Z\-0-9!#$%&'*+.|~]+$/
const NOT_IN_VALUE = /[^\t\x20-\x7e\x80-\xff]/

/** Names and values together; Node's parser stops at 16 KiB by default. */
const MAX_HEADERS_CHARS = 65_536

/** Meant for one connection only (RFC 9110, 7.6.1); there is none in the mesh. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'proxy-connection',
  'keep-alive',
  'transfer-encoding',
  'te',
  'upgrade',
  'http2-settings',
])

export interface HeaderName {
  readonly lower: string
  readonly hopByHop: boolean
}

/** Null when it is no token. Remembers what it has seen: the same few dozen names come with every request. */
export function knowHeaderName(name: string): HeaderName | null {
  const known = names.get(name)
  if (known !== undefined) return known
  if (!TOKEN.test(name)) return null
  const lower = name.toLowerCase()
  const fresh = { lower, hopByHop: HOP_BY_HOP.has(lower) }
  if (names.size < MAX_NAMES && name.length <= MAX_NAME_CHARS) names.set(name, fresh)
  return fresh
}

const names = new Map<string, HeaderName>()
const MAX_NAMES = 1_000
const MAX_NAME_CHARS = 64

export function isHeaderValue(value: string): boolean {
  return !NOT_IN_VALUE.test(value)
}

/** What is wrong with something that should be flat headers; null when nothing is. */
export function problemOfHeaders(value: unknown): string | null {
  if (!Array.isArray(value) || value.length % 2 !== 0) return 'the headers are not pairs of name and value'
  let chars = 0
  for (let i = 0; i < value.length; i += 2) {
    const name: unknown = value[i]
    const content: unknown = value[i + 1]
    if (typeof name !== 'string' || knowHeaderName(name) === null) return 'a header name is not a token'
    if (typeof content !== 'string' || NOT_IN_VALUE.test(content)) return `the header "${name}" has a character that HTTP does not allow`
    chars += name.length + content.length
  }
  return chars > MAX_HEADERS_CHARS ? `the headers are larger than ${MAX_HEADERS_CHARS} characters` : null
}

/** Without the headers that belong to one connection, those that `Connection` names included. The same array when there are none. */
export function withoutHopByHop(headers: FlatHeaders): FlatHeaders {
  let named: ReadonlySet<string> | null = null
  let found = false
  for (let i = 0; i < headers.length; i += 2) {
    const name = knowHeaderName(headers[i] ?? '')
    if (name === null || !name.hopByHop) continue
    found = true
    if (name.lower === 'connection') named = connectionTokens(headers[i + 1] ?? '', named)
  }
  if (!found) return headers
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const known = knowHeaderName(name)
    if (known !== null && !known.hopByHop && !named?.has(known.lower)) kept.push(name, headers[i + 1] ?? '')
  }
  return kept
}

/** The first value of a header, by its lower-case name. */
export function headerOf(headers: FlatHeaders, lower: string): string | undefined {
  for (let i = 0; i < headers.length; i += 2) if (knowHeaderName(headers[i] ?? '')?.lower === lower) return headers[i + 1]
  return undefined
}

/** `Content-Length` as a number; NaN when it is not one, null when there is none. */
export function contentLengthOf(headers: FlatHeaders): number | null {
  const text = headerOf(headers, 'content-length')
  if (text === undefined) return null
  return /^\d+$/.test(text) ? Number(text) : NaN
}

function connectionTokens(value: string, before: ReadonlySet<string> | null): ReadonlySet<string> {
  const tokens = value.split(',').map((token) => token.trim().toLowerCase())
  return new Set([...(before ?? []), ...tokens])
}
