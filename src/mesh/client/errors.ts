import type { ErrorCode } from '../../errors/catalogue.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'

/**
 * undici's own errors for what its callers know how to handle, without importing undici: its classes recognise their
 * instances by these registered symbols. meshrt's code is in the cause.
 */
type UndiciError = 'UND_ERR_ABORTED' | 'UND_ERR_HEADERS_TIMEOUT' | 'UND_ERR_BODY_TIMEOUT' | 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH'

const NAMES: Readonly<Record<UndiciError, string>> = {
  UND_ERR_ABORTED: 'AbortError',
  UND_ERR_HEADERS_TIMEOUT: 'HeadersTimeoutError',
  UND_ERR_BODY_TIMEOUT: 'BodyTimeoutError',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'RequestContentLengthMismatchError',
}

export function headersTimeout(service: string, afterMs: number): Error {
  const cause = new MeshrtError('MESHRT_MESH_TIMEOUT', `Cannot get a response from "${service}": no headers within ${afterMs} ms`)
  return undiciError('UND_ERR_HEADERS_TIMEOUT', cause)
}

export function bodyTimeout(service: string, afterMs: number): Error {
  const cause = new MeshrtError('MESHRT_MESH_TIMEOUT', `Cannot read the response of "${service}": nothing came for ${afterMs} ms`)
  return undiciError('UND_ERR_BODY_TIMEOUT', cause)
}

export function aborted(): Error {
  return undiciError('UND_ERR_ABORTED', new MeshrtError('MESHRT_MESH_ABORTED', 'Cannot complete the request: the caller aborted it'))
}

export function lengthMismatch(expectedBytes: number, actualBytes: number): Error {
  const message = `Cannot send the body: Content-Length says ${expectedBytes} bytes, but there are ${actualBytes}`
  return undiciError('UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', new MeshrtError('MESHRT_MESH_INVALID_REQUEST', message))
}

export function targetLost(worker: string): MeshrtError {
  return new MeshrtError('MESHRT_MESH_TARGET_LOST', `Cannot complete the request: worker ${worker} ended while handling it`)
}

/** What breaks off a connection comes as what breaks off one over TCP, with meshrt's own in the cause. */
export function toSocketError(error: Error): Error {
  const code = error instanceof MeshrtError ? error.code : null
  if (code !== 'MESHRT_MESH_TARGET_LOST' && code !== 'MESHRT_MESH_ABORTED') return error
  return Object.assign(new Error('read ECONNRESET', { cause: error }), { code: 'ECONNRESET', syscall: 'read' })
}

/** The first error in a chain of causes that has a code of meshrt's; for meshrt's own use of the mesh. */
export function meshErrorOf(error: Error): Error {
  return error.cause instanceof MeshrtError ? error.cause : error
}

export function failure(code: ErrorCode, message: string): MeshrtError {
  return new MeshrtError(code, message)
}

function undiciError(code: UndiciError, cause: MeshrtError): Error {
  const error = new Error(cause.message, { cause })
  const marks = { [Symbol.for('undici.error.UND_ERR')]: true, [Symbol.for(`undici.error.${code}`)]: true }
  for (const mark of Object.getOwnPropertySymbols(marks)) Object.defineProperty(error, mark, { value: true })
  return Object.assign(error, { name: NAMES[code], code })
}
