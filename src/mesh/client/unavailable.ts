import { RESPONSE, UTF8, type ResponseFrame } from '../frames.ts'

/** The answer that the mesh gives itself when nobody is there to give one. */
export function unavailable(service: string, why: string): ResponseFrame {
  const message = `Cannot reach "${service}": ${why}`
  const body = JSON.stringify({ statusCode: 503, code: 'MESHRT_MESH_UNAVAILABLE', error: 'Service Unavailable', message })
  const headers = [
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    String(Buffer.byteLength(body)),
    'retry-after',
    '1',
    'x-meshrt-error',
    'MESHRT_MESH_UNAVAILABLE',
  ]
  return [RESPONSE, 0, 503, 'Service Unavailable', headers, body, UTF8, []]
}
