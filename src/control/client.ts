import type { IncomingMessage } from 'node:http'
import type { StampedEvent } from '../model/events.ts'
import type { ServiceDescription } from '../model/description.ts'
import type { ServiceId, Target } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import type { RuntimeView } from '../model/view.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import { requestDocument, requestLines } from './exchange.ts'
import type { ReloadReport, RestartReport, ScaleReport, ScaleTarget, StartReport, StopReport, TargetStopReport } from './port.ts'
import { requestService, type ServiceRequest } from './raw-exchange.ts'
import { LIMITS, type DroppedLine, type OperationLine } from './protocol.ts'

/** An immediate answer from main-thread state: anything slower means that the runtime is in trouble. */
const ANSWER_MS = 5000
/** Streams and slow answers carry a sign of life every few seconds. */
const SILENCE_MS = LIMITS.heartbeatMs * 3

type Progress = (stamped: StampedEvent) => void

export interface StreamOptions {
  readonly follow: boolean
  readonly tail: number | null
  readonly signal?: AbortSignal
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

  restart(target: Target, progress: Progress): Promise<RestartReport> {
    return this.#operateOn<RestartReport>('restart', { target, progress })
  }

  scale({ service, workers }: ScaleTarget, progress: Progress): Promise<ScaleReport> {
    return this.#operateOn<ScaleReport>('scale', { target: { service, slot: null }, body: { workers }, progress })
  }

  /** An answer of the service, whatever its status. */
  request(asked: ServiceRequest): Promise<IncomingMessage> {
    return requestService(this.#socket, asked)
  }

  reload(how: { readonly dryRun: boolean }, progress: Progress): Promise<ReloadReport> {
    return this.#operate<ReloadReport>('reload', { path: '/v1/reload', body: how, progress })
  }

  async logs(options: StreamOptions & { targets: readonly string[] }, onLine: (line: LogLine | DroppedLine) => void): Promise<void> {
    const query = streamQuery(options)
    for (const target of options.targets) query.append('service', target)
    await this.#stream(`/v1/logs?${query.toString()}`, { options, onLine: (value) => onLine(value as LogLine | DroppedLine) })
  }

  async events(options: StreamOptions, onEvent: (stamped: StampedEvent | DroppedLine) => void): Promise<void> {
    const path = `/v1/events?${streamQuery(options).toString()}`
    await this.#stream(path, { options, onLine: (value) => onEvent(value as StampedEvent | DroppedLine) })
  }

  #operateOn<Report>(name: string, { target, ...rest }: Omit<Operation, 'path'> & { readonly target: Target }): Promise<Report> {
    return this.#operate(name, { ...rest, path: `${pathOf(target)}/${name}` })
  }

  async #operate<Report>(name: string, { path, body, progress }: Operation): Promise<Report> {
    let report: Report | null = null
    const onLine = (value: unknown): void => {
      const line = value as OperationLine<Report> | DroppedLine
      if (!('type' in line)) return
      if (line.type === 'progress') progress(line.stamped)
      else report = line.report
    }
    await requestLines(this.#socket, { method: 'POST', path, body, silenceMs: SILENCE_MS, onLine })
    if (report === null) throw new MeshrtError('MESHRT_NOT_ANSWERING', `Cannot tell how the ${name} ended: the runtime went away`)
    return report
  }

  #stream(path: string, { options, onLine }: { options: StreamOptions; onLine: (value: unknown) => void }): Promise<void> {
    const signal = options.signal ? { signal: options.signal } : {}
    return requestLines(this.#socket, { method: 'GET', path, silenceMs: SILENCE_MS, onLine, ...signal })
  }
}

interface Operation {
  readonly path: string
  readonly body?: unknown
  readonly progress: Progress
}

function pathOf({ service, slot }: Target): string {
  return slot === null ? `/v1/services/${service}` : `/v1/services/${service}/workers/${slot}`
}

function streamQuery(options: StreamOptions): URLSearchParams {
  const query = new URLSearchParams()
  if (options.follow) query.set('follow', '1')
  if (options.tail !== null) query.set('tail', String(options.tail))
  return query
}
