import { RESPONSE, UTF8, type ResponseFrame } from '../frames.ts'

/** Why the mesh answers itself. */
export interface Unavailability {
  readonly code: 'MESHRT_MESH_UNAVAILABLE' | 'MESHRT_MESH_CIRCUIT_OPEN' | 'MESHRT_MESH_OVERLOADED' | 'MESHRT_MESH_UNREACHABLE'
  readonly why: string
  /** When to come again. */
  readonly retryAfterMs?: number
}

/** The answer that the mesh gives itself when nobody is there to give one. */
export function unavailable(service: string, { code, why, retryAfterMs = 0 }: Unavailability): ResponseFrame {
  const message = `Cannot reach "${service}": ${why}`
  const body = JSON.stringify({ statusCode: 503, code, error: 'Service Unavailable', message })
  const headers = [
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    String(Buffer.byteLength(body)),
    'retry-after',
    String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
    'x-meshrt-error',
    code,
  ]
  return [RESPONSE, 0, 503, 'Service Unavailable', headers, body, UTF8, []]
}
