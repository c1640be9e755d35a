import { CATALOGUE, isErrorCode, type ErrorCode } from '../errors/catalogue.ts'
import { ConfigError } from '../errors/config-error.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import type { ErrorDocument } from '../errors/render.ts'
import { fromErrorInfo, type ErrorInfo } from '../model/failure.ts'
import type { RuntimeState } from '../model/view.ts'
import type { StampedEvent } from '../model/events.ts'

/** Raised when a client and a server of different versions would misunderstand each other. */
export const PROTOCOL_VERSION = 1

/** Sent by both ends; a request without it (curl) is taken as current. */
export const PROTOCOL_HEADER = 'meshrt-protocol'

/** On an answer that is a service's own, and not the runtime's: whose. */
export const SERVICE_HEADER = 'meshrt-service'

/** Headers about one connection, which are not passed on (RFC 9110, 7.6.1), and the control socket's own. The host becomes the service's. */
export const OF_THE_CONNECTION: ReadonlySet<string> = new Set([
  'connection',
  'expect',
  'host',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  PROTOCOL_HEADER,
  SERVICE_HEADER,
])

export const LIMITS = {
  bodyBytes: 1024 * 1024,
  headersMs: 5000,
  requestMs: 30_000,
  connections: 256,
  /** What a stream may have waiting for its reader before lines are dropped and counted. */
  streamBacklogBytes: 1024 * 1024,
  /** An empty line is sent on a silent stream this often, so that the reader can tell silence from death. */
  heartbeatMs: 5000,
  /** How long the server waits for a reader to take the end of its stream when it closes. */
  closeMs: 1000,
} as const

export interface HealthDocument {
  readonly schema: 'meshrt.health/v1'
  readonly pid: number
  readonly startedAt: number
  readonly state: RuntimeState
  /** Whether it is to get requests: not while it starts, nor from the moment a stop was asked for. */
  readonly ready: boolean
}

/** Lines of an operation that takes its time; the last one is the result, or an `ErrorDocument`. */
export type OperationLine<Report> =
  | { readonly type: 'progress'; readonly stamped: StampedEvent }
  | { readonly type: 'result'; readonly report: Report }

/** In a stream of lines: so many were lost because their reader was slow. */
export interface DroppedLine {
  readonly dropped: number
}

/** In a stream that is followed: the past ends here. */
export interface LiveLine {
  readonly live: true
}

export function isErrorDocument(value: unknown): value is ErrorDocument {
  return typeof value === 'object' && value !== null && 'schema' in value && value.schema === 'meshrt.error/v1'
}

/** The runtime's error again, at the other end of the socket. */
export function fromErrorDocument(document: ErrorDocument): MeshrtError {
  const code = isErrorCode(document.code) ? document.code : 'MESHRT_INTERNAL'
  const cause = document.causes.reduceRight<ErrorInfo | undefined>(
    (inner, info) => ({ ...info, ...(inner ? { cause: inner } : {}) }),
    undefined,
  )
  if (document.problems) return new ConfigError(document.message, document.problems)
  return new MeshrtError(code, document.message, cause ? { cause: fromErrorInfo(cause) } : undefined)
}

/** The HTTP status that goes with an error code. */
export function statusOf(code: ErrorCode): number {
  switch (code) {
    case 'MESHRT_UNKNOWN_SERVICE':
    case 'MESHRT_UNKNOWN_WORKER':
      return 404
    case 'MESHRT_NOT_ANSWERING':
    case 'MESHRT_STOPPING':
    case 'MESHRT_MESH_UNAVAILABLE':
    case 'MESHRT_MESH_CIRCUIT_OPEN':
    case 'MESHRT_MESH_OVERLOADED':
      return 503
    case 'MESHRT_TIMEOUT':
    case 'MESHRT_MESH_TIMEOUT':
      return 504
    case 'MESHRT_MESH_TARGET_LOST':
    case 'MESHRT_MESH_ABORTED':
    case 'MESHRT_MESH_UNREACHABLE':
      return 502
    case 'MESHRT_MESH_NOT_ROUTABLE':
    case 'MESHRT_MESH_INVALID_REQUEST':
      return 400
    default:
      return STATUS_OF_EXIT_CODE[CATALOGUE[code].exitCode]
  }
}

const STATUS_OF_EXIT_CODE = { 1: 500, 2: 400, 3: 404, 4: 503, 5: 504, 6: 409, 70: 500, 78: 422 } as const
