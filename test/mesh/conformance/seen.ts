import { createHash } from 'node:crypto'

/** What a client can tell of an exchange, in a form that can be sent and compared. What it cannot tell is left out. */
export interface Seen {
  status?: number
  /** The text beside the status. */
  reason?: string
  /** Names in lower case, sorted; several values of a name in the order in which they came. */
  headers?: readonly Pair[]
  informational?: readonly number[]
  /** What else a client's answer has to say of itself. */
  about?: Readonly<Record<string, unknown>>
  body?: SeenBody
  trailers?: readonly Pair[]
  /** Of an EventSource or a WebSocket, in order. */
  events?: readonly string[]
  error?: SeenError
}

export type Pair = readonly [name: string, value: string]

export interface SeenBody {
  readonly bytes: number
  /** Of a short body: one character per byte. */
  readonly text?: string
  /** Of a long one. */
  readonly sha1?: string
}

export interface SeenError {
  readonly phase: 'before the head' | 'in the body'
  readonly name: string
  readonly code: string | null
  readonly cause: string | null
}

/** Meant for one connection, or another at every moment: not compared, neither where the server nor where the client sees them. */
export const NOT_COMPARED: ReadonlySet<string> = new Set(['connection', 'keep-alive', 'transfer-encoding', 'te', 'upgrade', 'date'])

const MAX_TEXT_BYTES = 1_000

export function seenBody(bytes: Uint8Array): SeenBody {
  const size = { bytes: bytes.byteLength }
  if (bytes.byteLength > MAX_TEXT_BYTES) return { ...size, sha1: createHash('sha1').update(bytes).digest('hex') }
  return { ...size, text: Buffer.from(bytes).toString('latin1') }
}

export function seenHeaders(headers: Iterable<readonly [string, unknown]>): readonly Pair[] {
  const pairs: Pair[] = []
  for (const [name, value] of headers) {
    const lower = name.toLowerCase()
    if (NOT_COMPARED.has(lower) || value === undefined) continue
    for (const one of Array.isArray(value) ? (value as readonly unknown[]) : [value]) pairs.push([lower, String(one)])
  }
  return pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
}

export function valuesOf(pairs: readonly Pair[] | undefined, name: string): readonly string[] {
  return (pairs ?? []).filter(([one]) => one === name).map(([, value]) => value)
}

/** Name and code, also of the cause: what a program can act upon. Texts are for people. */
export function seenError(thrown: unknown, phase: SeenError['phase']): SeenError {
  const error = toError(thrown)
  return { phase, name: error.name, code: codeOf(error), cause: error.cause === undefined ? null : describeCause(error.cause) }
}

function describeCause(cause: unknown): string {
  const error = toError(cause)
  return codeOf(error) ?? error.name
}

function codeOf(error: Error): string | null {
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' || typeof code === 'number' ? String(code) : null
}

function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : Object.assign(new Error(String(thrown)), { name: `thrown ${typeof thrown}` })
}
