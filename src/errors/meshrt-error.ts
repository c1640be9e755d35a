import { CATALOGUE, isErrorCode, type ErrorCode, type ExitCode } from './catalogue.ts'

/** A problem with a code from the catalogue. The message says what could not be done and the current state: "Cannot <do> <what>: <state>". */
export class MeshrtError extends Error {
  override readonly name = 'MeshrtError'
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Also true for one that crossed a thread or a socket and so lost its class. */
export function hasMeshrtCode(thrown: unknown): thrown is Error & { code: ErrorCode } {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' && isErrorCode(thrown.code)
}

/** Anything without a code is a bug: 70. */
export function exitCodeOf(thrown: unknown): ExitCode {
  return CATALOGUE[hasMeshrtCode(thrown) ? thrown.code : 'MESHRT_INTERNAL'].exitCode
}

export function isErrno(thrown: unknown, ...codes: readonly string[]): thrown is NodeJS.ErrnoException {
  return thrown instanceof Error && 'code' in thrown && codes.includes(String(thrown.code))
}
