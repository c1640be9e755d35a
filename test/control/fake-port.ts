import { MeshrtError } from '../../src/errors/meshrt-error.ts'
import type { RuntimeEvent, StampedEvent } from '../../src/model/events.ts'
import { formatWorkerId, serviceId } from '../../src/model/ids.ts'
import type { LogLine } from '../../src/model/log-line.ts'
import { NO_MESH_COUNTS } from '../../src/model/worker-row.ts'
import type { RuntimeView, ServiceView, WorkerView } from '../../src/model/view.ts'
import type { ControlPort, StopReport } from '../../src/control/port.ts'

export const NOW_MS = 1_800_000_000_000
const MB = 1024 * 1024

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
  onStopped: () => void = () => {}

  get listeners(): number {
    return this.#onEvent.size + this.#onOutput.size
  }

  view(): RuntimeView {
    return this.current
  }

  config(): unknown {
    const { file, mode } = this.current.runtime
    return { schema: 'meshrt.config/v1', file, mode, autoloaded: [], config: { services: {} } }
  }

  async restart(...[target, progress]: Parameters<ControlPort['restart']>): ReturnType<ControlPort['restart']> {
    this.restarted.push(target)
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

  async scale(...[target, progress]: Parameters<ControlPort['scale']>): ReturnType<ControlPort['scale']> {
    this.scaled.push(target)
    const { service, workers } = target
    progress(stamp({ type: 'scaling.started', service, from: 2, to: workers, reason: 'by hand' }))
    await new Promise((resolve) => setImmediate(resolve))
    if (this.scaleFails)
      throw new MeshrtError('MESHRT_SCALE_FAILED', 'Cannot scale "auth" to 5: boom; it has 3 now', { cause: new Error('boom') })
    return { service, from: 2, to: workers, tookMs: 12.4 }
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

const CHECKED = { ok: true, durationMs: 12, detail: '' }

/** The runtime of the `ps` screens in the documentation. */
export function exampleView(): RuntimeView {
  const four = NOW_MS - 4 * 60_000
  return {
    schema: 'meshrt.ps/v1',
    runtime: {
      pid: 4242,
      guardianPid: null,
      name: 'shop',
      file: '/srv/shop/meshrt.yaml',
      mode: 'start',
      startedAt: four,
      state: 'running',
      url: 'http://127.0.0.1:3000',
    },
    services: [
      service(
        'gateway',
        {
          ready: 2,
          desired: 2,
          health: { ok: 2 },
          elu: 0.12,
          heapUsedBytes: 61 * MB,
          p99Ms: 3,
          requestsPerSecond: 812,
          url: 'http://127.0.0.1:3000',
          since: four,
        },
        [
          worker('gateway', 0, { threadId: 1, elu: 0.11, heapUsedBytes: 30 * MB, inFlight: 2, p99Ms: 3, since: four }),
          worker('gateway', 1, { threadId: 2, elu: 0.13, heapUsedBytes: 31 * MB, inFlight: 1, p99Ms: 3, since: four }),
        ],
      ),
      service(
        'auth',
        {
          state: 'degraded',
          ready: 2,
          desired: 3,
          health: { ok: 2 },
          restarts: 4,
          lastRestartAt: NOW_MS - 12_000,
          elu: 0.71,
          heapUsedBytes: 180 * MB,
          p99Ms: 9,
          requestsPerSecond: 640,
          url: 'http://auth.plt.local',
          since: four,
        },
        [
          worker('auth', 0, { threadId: 3, elu: 0.69, heapUsedBytes: 88 * MB, inFlight: 6, p99Ms: 9, since: four, check: CHECKED }),
          worker('auth', 1, {
            threadId: 4,
            elu: 0.99,
            verdict: 'pressed',
            reason: 'elu 0.99 > 0.98',
            badChecks: 1,
            check: CHECKED,
            loopDelayMs: 48,
            heapUsedBytes: 92 * MB,
            inFlight: 9,
            p99Ms: 31,
            since: four,
          }),
          worker('auth', 2, {
            state: 'starting',
            verdict: null,
            generation: 5,
            threadId: 9,
            restarts: 4,
            lastExit: {
              at: NOW_MS - 12_000,
              exit: {
                kind: 'crashed',
                code: 1,
                error: { name: 'TypeError', message: "Cannot read properties of undefined (reading 'id')" },
              },
            },
            since: NOW_MS - 2000,
          }),
        ],
      ),
      service('mailer', { state: 'backoff', ready: 0, desired: 1, restarts: 6, lastRestartAt: NOW_MS - 3000, since: NOW_MS - 3000 }, [
        worker('mailer', 0, {
          state: 'backoff',
          verdict: null,
          generation: 6,
          restarts: 6,
          lastExit: { at: NOW_MS - 3000, exit: { kind: 'crashed', code: 3 } },
          retryAt: NOW_MS + 4000,
        }),
      ]),
    ],
  }
}

function service(id: string, facts: Partial<ServiceView>, workers: readonly WorkerView[]): ServiceView {
  const heapLimitBytes = facts.heapUsedBytes === undefined ? null : 512 * MB
  return {
    id: serviceId(id),
    state: 'running',
    type: 'auto',
    waitingFor: [],
    ready: 0,
    desired: 0,
    health: {},
    restarts: 0,
    lastRestartAt: null,
    since: NOW_MS,
    url: null,
    elu: null,
    heapUsedBytes: null,
    heapLimitBytes,
    p99Ms: null,
    requestsPerSecond: null,
    abandoned: [],
    ...facts,
    workers,
  }
}

function worker(id: string, slot: number, facts: Partial<WorkerView>): WorkerView {
  const heapLimitBytes = facts.heapUsedBytes === undefined ? null : 256 * MB
  return {
    id: `${id}/${slot}`,
    slot,
    generation: 1,
    state: 'ready',
    verdict: 'ok',
    reason: '',
    badChecks: 0,
    check: null,
    externalBytes: null,
    cpu: null,
    pid: null,
    threadId: null,
    elu: null,
    heapUsedBytes: null,
    heapLimitBytes,
    loopDelayMs: null,
    p99Ms: null,
    requestsPerSecond: null,
    inFlight: 0,
    mesh: NO_MESH_COUNTS,
    restarts: 0,
    lastExit: null,
    since: null,
    retryAt: null,
    ...facts,
  }
}
