import { exampleDescription, exampleView, NOW_MS } from './example-view.ts'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { MeshrtError } from '../../src/errors/meshrt-error.ts'
import type { RuntimeEvent, StampedEvent } from '../../src/model/events.ts'
import type { ServiceDescription } from '../../src/model/description.ts'
import { formatWorkerId, serviceId, type ServiceId } from '../../src/model/ids.ts'
import type { LogLine } from '../../src/model/log-line.ts'
import type { RuntimeView } from '../../src/model/view.ts'
import type { ControlPort, MeshAnswer, MeshOrder, StopReport } from '../../src/control/port.ts'

/** A runtime without workers: canned views, and a journal that the test writes. */
export class FakePort implements ControlPort {
  readonly #onEvent = new Set<(stamped: StampedEvent) => void>()
  readonly #onOutput = new Set<(line: LogLine) => void>()
  readonly lines: LogLine[] = []
  readonly journal: StampedEvent[] = []
  readonly restarted: unknown[] = []
  current: RuntimeView = exampleView()
  stopReport: StopReport = { ok: true, killed: [], abandoned: [], cut: [] }
  stopping: Promise<void> = Promise.resolve()
  restartFails = false
  readonly scaled: unknown[] = []
  readonly started: unknown[] = []
  readonly stopped: unknown[] = []
  scaleFails = false
  readonly reloaded: unknown[] = []
  reloadError: Error | null = null
  onStopped: () => void = () => {}

  get listeners(): number {
    return this.#onEvent.size + this.#onOutput.size
  }

  view(): RuntimeView {
    return this.current
  }

  describe(id: ServiceId): ServiceDescription {
    const service = this.current.services.find((candidate) => candidate.id === id)
    if (!service) throw new Error(`The example has no service ${id}`)
    return exampleDescription(service)
  }

  async metrics(): Promise<string> {
    return '# HELP meshrt_service_workers_ready Workers\n'
  }

  config(): unknown {
    const { file, mode } = this.current.runtime
    return { schema: 'meshrt.config/v1', file, mode, autoloaded: [], config: { services: {} } }
  }

  async restart(...[{ target, hard }, progress]: Parameters<ControlPort['restart']>): ReturnType<ControlPort['restart']> {
    this.restarted.push(hard ? { ...target, hard } : target)
    const slot = { service: serviceId('auth'), slot: 0 }
    progress(stamp({ type: 'replacement.started', slot, reason: 'restart' }))
    await new Promise((resolve) => setImmediate(resolve))
    if (this.restartFails) throw new MeshrtError('MESHRT_RESTART_FAILED', 'Cannot restart auth: it threw', { cause: new Error('boom') })
    progress(stamp({ type: 'replacement.finished', slot, tookMs: 12.4 }))
    return { replaced: [{ ...slot, generation: 2 }], tookMs: 12.4 }
  }

  async start(...[target, progress]: Parameters<ControlPort['start']>): ReturnType<ControlPort['start']> {
    this.started.push(target)
    const worker = { service: target.service, slot: target.slot ?? 0, generation: 7 }
    progress(stamp({ type: 'worker.ready', worker, tookMs: 12.4, url: null }))
    return { started: [worker], tookMs: 12.4 }
  }

  async stopTarget(...[target, progress]: Parameters<ControlPort['stopTarget']>): ReturnType<ControlPort['stopTarget']> {
    this.stopped.push(target)
    const worker = { service: target.service, slot: target.slot ?? 0, generation: 1 }
    progress(stamp({ type: 'drain.started', worker }))
    const dependents = target.slot === null ? [serviceId('gateway')] : []
    return { stopped: [formatWorkerId(worker)], killed: [], abandoned: [], cut: [], dependents, tookMs: 12.4 }
  }

  /** Answers with what it was asked. */
  async request({ method, path, headers, body }: MeshOrder): Promise<MeshAnswer> {
    const sent = body === null ? '' : await text(body)
    const answer = JSON.stringify({ method, path, headers, sent, shown: '\u009b2J' })
    if (path.startsWith('/broken')) return { status: 200, statusMessage: '', headers: [], body: breaking('half of') }
    const status = path.startsWith('/missing') ? 404 : 200
    const own = ['content-type', 'application/json', 'set-cookie', 'a=1', 'set-cookie', 'b=2', 'connection', 'x-hop', 'x-hop', 'gone']
    return { status, statusMessage: '', headers: own, body: Readable.from([Buffer.from(answer)]) }
  }

  async scale(...[target, progress]: Parameters<ControlPort['scale']>): ReturnType<ControlPort['scale']> {
    this.scaled.push(target)
    const { service, workers } = target
    progress(stamp({ type: 'scaling.started', service, from: 2, to: workers, reason: 'by hand' }))
    await new Promise((resolve) => setImmediate(resolve))
    if (this.scaleFails)
      throw new MeshrtError('MESHRT_SCALE_FAILED', 'Cannot scale "auth" to 5: boom; it has 3 now', { cause: new Error('boom') })
    return { service, from: 2, to: workers, tookMs: 12.4 }
  }

  async reload(...[how, progress]: Parameters<ControlPort['reload']>): ReturnType<ControlPort['reload']> {
    this.reloaded.push(how)
    const plan = {
      runtime: [],
      steps: [{ kind: 'added', service: serviceId('mailer'), workers: 1 }],
      unchanged: [serviceId('auth')],
    } as const
    progress(stamp({ type: 'reload.planned', plan, dryRun: how.dryRun }))
    await new Promise((resolve) => setImmediate(resolve))
    if (this.reloadError !== null) throw this.reloadError
    return { plan, applied: !how.dryRun, abandoned: [], tookMs: 12.4 }
  }

  async stop(): Promise<StopReport> {
    await this.stopping
    this.onStopped()
    return this.stopReport
  }

  events(listener: (stamped: StampedEvent) => void): () => void {
    this.#onEvent.add(listener)
    return () => this.#onEvent.delete(listener)
  }

  recentEvents(...[limit, matches]: Parameters<ControlPort['recentEvents']>): readonly StampedEvent[] {
    return limit === 0 ? [] : this.journal.filter(matches).slice(-limit)
  }

  output(listener: (line: LogLine) => void): () => void {
    this.#onOutput.add(listener)
    return () => this.#onOutput.delete(listener)
  }

  recentOutput(...[limit, matches]: Parameters<ControlPort['recentOutput']>): readonly LogLine[] {
    return limit === 0 ? [] : this.lines.filter(matches).slice(-limit)
  }

  write(text: string, { service = 'auth', ...facts }: Partial<Omit<LogLine, 'service'>> & { readonly service?: string } = {}): void {
    const line: LogLine = { atMs: NOW_MS, service: serviceId(service), slot: 0, generation: 1, stream: 'stdout', text, ...facts }
    this.lines.push(line)
    for (const listener of this.#onOutput) listener(line)
  }

  emit(event: RuntimeEvent): void {
    this.journal.push(stamp(event))
    for (const listener of this.#onEvent) listener(stamp(event))
  }
}

export function stamp(event: RuntimeEvent): StampedEvent {
  return { atMs: NOW_MS, event }
}

/** Ends with an error after its text has been taken. */
function breaking(text: string): Readable {
  let isTaken = false
  const body = new Readable({
    read() {
      if (isTaken) setImmediate(() => body.destroy(new Error('lost')))
      else body.push(text)
      isTaken = true
    },
  })
  return body
}
