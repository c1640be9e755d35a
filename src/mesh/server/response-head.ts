import { validateHeaderName, validateHeaderValue, OutgoingMessage, type ServerResponse } from 'node:http'
import { knowHeaderName } from '../headers.ts'

/** The fields by which Node's http keeps track of what a response's headers say. */
export interface ResponseInternals {
  _header: string | null
  _headerSent: boolean
  _hasBody: boolean
  _contentLength: number | null
  _removedContLen: boolean
  _removedTE: boolean
  _trailer: string
  _last: boolean
  chunkedEncoding: boolean
  shouldKeepAlive: boolean
  sendDate: boolean
}

export interface ResponseHead {
  readonly headers: string[]
  /** What the handler said that the body's length is; null when it did not. */
  readonly contentLength: number | null
}

/**
 * Does what `_storeHeader` of Node's http does, but gives the headers as a flat array instead of text. Leaves out what
 * belongs to a connection, and never chooses the chunked encoding: bodies have frames and ports of their own.
 */
export function storeHead(res: ServerResponse & ResponseInternals, given: unknown): ResponseHead {
  const headers: string[] = []
  const seen = { contentLength: null as number | null, date: false, trailer: false }
  if (given !== null && typeof given === 'object') {
    if (given === progressiveHeadersOf(res)) {
      const stored = given as Readonly<Record<string, readonly [string, unknown]>>
      for (const key in stored) addHeader(headers, stored[key]?.[0] ?? key, stored[key]?.[1])
    } else {
      addGiven(headers, given)
    }
  }
  const kept: string[] = []
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] ?? ''
    const value = headers[i + 1] ?? ''
    const known = knowHeaderName(name)
    if (known === null || known.hopByHop) continue
    if (known.lower === 'content-length') seen.contentLength = Number(value)
    else if (known.lower === 'date') seen.date = true
    else if (known.lower === 'trailer') seen.trailer = true
    kept.push(name, value)
  }
  if (res.sendDate && !seen.date) kept.push('Date', dateNow())
  const knownLength = res._contentLength
  if (seen.contentLength === null && res._hasBody && !seen.trailer && !res._removedContLen && typeof knownLength === 'number') {
    kept.push('Content-Length', String(knownLength))
    seen.contentLength = knownLength
  }
  res._contentLength = seen.contentLength
  res.chunkedEncoding = false
  // Only its being there matters: `headersSent` and the guards against a second head look at it.
  res._header = 'HTTP/1.1\r\n\r\n'
  res._headerSent = false
  return { headers: kept, contentLength: res._hasBody ? seen.contentLength : null }
}

/** `name: value` lines, as `addTrailers` has left and validated them. */
export function parseTrailers(text: string): string[] {
  const flat: string[] = []
  if (text === '') return flat
  for (const line of text.split('\r\n')) {
    const colon = line.indexOf(': ')
    if (colon > 0) flat.push(line.slice(0, colon), line.slice(colon + 2))
  }
  return flat
}

// Headers from writeHead alone have not been looked at by anybody yet.
function addGiven(headers: string[], given: object): void {
  if (Array.isArray(given)) {
    if (Array.isArray(given[0])) for (const pair of given as readonly unknown[][]) addChecked(headers, pair[0], pair[1])
    else for (let i = 0; i < given.length; i += 2) addChecked(headers, given[i], given[i + 1])
    return
  }
  for (const name of Object.keys(given)) addChecked(headers, name, (given as Readonly<Record<string, unknown>>)[name])
}

function addChecked(headers: string[], name: unknown, value: unknown): void {
  validateHeaderName(name as string)
  if (Array.isArray(value)) for (const one of value) validateHeaderValue(name as string, one as string)
  else validateHeaderValue(name as string, value as string)
  addHeader(headers, name as string, value)
}

function addHeader(headers: string[], name: string, value: unknown): void {
  if (!Array.isArray(value)) headers.push(name, String(value))
  else if (value.length > 1 && name.length === 6 && name.toLowerCase() === 'cookie') headers.push(name, value.join('; '))
  else for (const one of value) headers.push(name, String(one))
}

// Where setHeader() keeps what it was given. Not public, and the only way to tell it from an object given to writeHead().
const progressive = Object.getOwnPropertySymbols(new OutgoingMessage()).find((symbol) => symbol.description === 'kOutHeaders')

function progressiveHeadersOf(res: ServerResponse): unknown {
  return progressive === undefined ? undefined : (res as unknown as Record<symbol, unknown>)[progressive]
}

let dateText = ''
let dateUntilMs = 0

// The same text for a whole second.
function dateNow(): string {
  const nowMs = Date.now()
  if (nowMs >= dateUntilMs) {
    dateText = new Date(nowMs).toUTCString()
    dateUntilMs = nowMs - (nowMs % 1_000) + 1_000
  }
  return dateText
}
