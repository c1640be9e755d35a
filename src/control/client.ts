import type { IncomingMessage } from 'node:http'
import type { StampedEvent } from '../model/events.ts'
import type { ServiceDescription } from '../model/description.ts'
import type { ServiceId, Target } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import type { LogLevel } from '../model/spec.ts'
import type { RuntimeView } from '../model/view.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import { requestDocument, requestLines } from './exchange.ts'
import type {
  ReloadOrder,
  ReloadReport,
  RestartOrder,
  RestartReport,
  ScaleReport,
  ScaleTarget,
  StartReport,
  StopReport,
  TargetStopReport,
} from './port.ts'
import { requestService, type ServiceRequest } from './raw-exchange.ts'
import { LIMITS, type DroppedLine, type OperationLine } from './protocol.ts'

/** An immediate answer from main-thread state: anything slower means that the runtime is in trouble. */
const ANSWER_MS = 5000
/** Streams and slow answers carry a sign of life every few seconds. */
const SILENCE_MS = LIMITS.heartbeatMs * 3

type Progress = (stamped: StampedEvent) => void

export interface StreamOptions {
  readonly follow: boolean
  /** So many of the past at the most; null = the runtime's own measure. */
  readonly tail: number | null
  /** Only from this moment on, in milliseconds since the epoch. */
  readonly sinceMs?: number | null
  /** `auth` or `auth/2`; none = all. */
  readonly targets?: readonly string[]
  readonly signal?: AbortSignal
  /** Where the past ends, when it is followed. */
  readonly onLive?: () => void
}

export interface LogOptions extends StreamOptions {
  readonly level?: LogLevel | null
  readonly previous?: boolean
}

export interface EventOptions extends StreamOptions {
  readonly types?: readonly string[]
}

/** The runtime behind a control socket. Every call ends: with an answer, the runtime's error, or MESHRT_NOT_ANSWERING. */
export class ControlClient {
  readonly #socket: string

  constructor(socket: string) {
    this.#socket = socket
  }

  async view(): Promise<RuntimeView> {
    return (await requestDocument(this.#socket, { method: 'GET', path: '/v1/runtime', silenceMs: ANSWER_MS })) as RuntimeView
  }

  async describe(service: ServiceId): Promise<ServiceDescription> {
    const path = pathOf({ service, slot: null })
    return (await requestDocument(this.#socket, { method: 'GET', path, silenceMs: ANSWER_MS })) as ServiceDescription
  }

  async stop(): Promise<StopReport> {
    return (await requestDocument(this.#socket, { method: 'POST', path: '/v1/stop', silenceMs: SILENCE_MS })) as StopReport
  }

  start(target: Target, progress: Progress): Promise<StartReport> {
    return this.#operateOn<StartReport>('start', { target, progress })
  }

  stopTarget(target: Target, progress: Progress): Promise<TargetStopReport> {
    return this.#operateOn<TargetStopReport>('stop', { target, progress })
  }

  restart({ target, hard, signal }: RestartOrder & { readonly signal?: AbortSignal }, progress: Progress): Promise<RestartReport> {
    return this.#operateOn<RestartReport>('restart', { target, body: { hard }, progress, ...(signal ? { signal } : {}) })
  }

  scale({ service, workers }: ScaleTarget, progress: Progress): Promise<ScaleReport> {
    return this.#operateOn<ScaleReport>('scale', { target: { service, slot: null }, body: { workers }, progress })
  }

  /** An answer of the service, whatever its status. */
  request(asked: ServiceRequest): Promise<IncomingMessage> {
    return requestService(this.#socket, asked)
  }

  reload(order: ReloadOrder, progress: Progress): Promise<ReloadReport> {
    return this.#operate<ReloadReport>('reload', { path: '/v1/reload', body: order, progress })
  }

  async logs(options: LogOptions, onLine: (line: LogLine | DroppedLine) => void): Promise<void> {
    const query = streamQuery(options)
    if (options.level) query.set('level', options.level)
    if (options.previous) query.set('previous', '1')
    await this.#stream(`/v1/logs?${query.toString()}`, { options, onLine: (value) => onLine(value as LogLine | DroppedLine) })
  }

  async events(options: EventOptions, onEvent: (stamped: StampedEvent | DroppedLine) => void): Promise<void> {
    const query = streamQuery(options)
    for (const type of options.types ?? []) query.append('type', type)
    await this.#stream(`/v1/events?${query.toString()}`, { options, onLine: (value) => onEvent(value as StampedEvent | DroppedLine) })
  }

  #operateOn<Report>(name: string, { target, ...rest }: Omit<Operation, 'path'> & { readonly target: Target }): Promise<Report> {
    return this.#operate(name, { ...rest, path: `${pathOf(target)}/${name}` })
  }

  async #operate<Report>(name: string, { path, body, progress, signal }: Operation): Promise<Report> {
    let report: Report | null = null
    const onLine = (value: unknown): void => {
      const line = value as OperationLine<Report> | DroppedLine
      if (!('type' in line)) return
      if (line.type === 'progress') progress(line.stamped)
      else report = line.report
    }
    await requestLines(this.#socket, { method: 'POST', path, body, silenceMs: SILENCE_MS, onLine, ...(signal ? { signal } : {}) })
    if (report === null) throw new MeshrtError('MESHRT_NOT_ANSWERING', `Cannot tell how the ${name} ended: the runtime went away`)
    return report
  }

  #stream(path: string, { options, onLine }: { options: StreamOptions; onLine: (value: object) => void }): Promise<void> {
    const signal = options.signal ? { signal: options.signal } : {}
    const hear = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return
      if ('live' in value) options.onLive?.()
      else onLine(value)
    }
    return requestLines(this.#socket, { method: 'GET', path, silenceMs: SILENCE_MS, onLine: hear, ...signal })
  }
}

interface Operation {
  readonly path: string
  readonly body?: unknown
  /** Nobody waits for it any more; it goes on. */
  readonly signal?: AbortSignal
  readonly progress: Progress
}

function pathOf({ service, slot }: Target): string {
  return slot === null ? `/v1/services/${service}` : `/v1/services/${service}/workers/${slot}`
}

function streamQuery({ follow, tail, sinceMs = null, targets = [] }: StreamOptions): URLSearchParams {
  const query = new URLSearchParams()
  if (follow) query.set('follow', '1')
  if (tail !== null) query.set('tail', String(tail))
  if (sinceMs !== null) query.set('since', String(sinceMs))
  for (const target of targets) query.append('service', target)
  return query
}
