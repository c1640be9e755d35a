import { METHODS } from 'node:http'

/** More than any HTTP server takes by default. */
const MAX_PATH_CHARS = 65_536

// Tunnels are not requests; they have a way of their own.
const methods: ReadonlySet<unknown> = new Set(METHODS.filter((method) => method !== 'CONNECT'))

/** One that Node's parser would accept. */
export function isMethod(value: unknown): value is string {
  return methods.has(value)
}

/** A path with its query, or `*`: no spaces, no control characters, nothing beyond latin1. */
export function isPath(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > MAX_PATH_CHARS) return false
  return value.charCodeAt(0) === 0x2f ? !/[^\u0021-\u00ff]/.test(value) : value === '*'
}

/** Repeating it does no more than doing it once (RFC 9110, 9.2.2). */
export function isIdempotent(method: string): boolean {
  return idempotent.has(method)
}

const idempotent: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'PUT', 'DELETE', 'TRACE'])
