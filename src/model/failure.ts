/** An error as data, so that it can cross a thread or a socket. */
export interface ErrorInfo {
  readonly name: string
  readonly message: string
  readonly code?: string
  readonly stack?: string
  readonly cause?: ErrorInfo
}

const MAX_CAUSES = 5

/** Flattens anything that was thrown; never throws itself, and ends cyclic cause chains. */
export function toErrorInfo(thrown: unknown, depth = 0): ErrorInfo {
  if (typeof thrown !== 'object' || thrown === null) return { name: 'Error', message: String(thrown) }
  const error = thrown as Partial<Record<'name' | 'message' | 'code' | 'stack' | 'cause', unknown>>
  return {
    name: typeof error.name === 'string' ? error.name : 'Error',
    message: typeof error.message === 'string' ? error.message : 'unknown error',
    ...(typeof error.code === 'string' ? { code: error.code } : {}),
    ...(typeof error.stack === 'string' ? { stack: error.stack } : {}),
    ...(error.cause !== undefined && depth < MAX_CAUSES ? { cause: toErrorInfo(error.cause, depth + 1) } : {}),
  }
}

/** Rebuilds an Error from its data, keeping name, code, stack and causes. */
export function fromErrorInfo(info: ErrorInfo): Error {
  const error = new Error(info.message, info.cause ? { cause: fromErrorInfo(info.cause) } : undefined)
  Object.assign(error, { name: info.name })
  if (info.code !== undefined) Object.assign(error, { code: info.code })
  if (info.stack !== undefined) error.stack = info.stack
  return error
}
