import { getHeapStatistics } from 'node:v8'
import type { WorkerDialect } from '../itc/dialects.ts'
import { Messenger, type Handlers } from '../itc/messenger.ts'
import type { DrainReport, DrainTerms, Pong, StartReport, WorkerBoot } from '../itc/protocol.ts'
import { addCuts, NOTHING_CUT } from '../model/cut.ts'
import { formatWorkerId } from '../model/ids.ts'
import type { ServiceType } from '../model/spec.ts'
import { WorkerRow } from '../model/worker-row.ts'
import { claimDescriptor } from './acceptor.ts'
import { workerClock as clock } from './clock.ts'
import { Entrance } from './entrance.ts'
import { waitForListen } from './late-listen.ts'
import { watchIdle } from './idle-watch.ts'
import { captureListen, NO_CAPTURE, type ListenCapture } from './listen-capture.ts'
import { loadService } from './load-service.ts'
import { reportLoadedFiles, type FileReporter } from './loaded-files.ts'
import type { CreateMeshPort, MeshPort } from './mesh-port.ts'
import { runOneshot } from './oneshot.ts'
import { captureOutput } from './output-capture.ts'
import type { ServiceContext } from './service-context.ts'
import { createServiceLogger } from './service-logger.ts'
import { stopService } from './stop.ts'
import type { WebServer } from './web-server.ts'

/** Wires a worker thread; to be called before anything of the service runs. Answers the runtime's calls from then on. */
export function bootWorker(boot: WorkerBoot, createMeshPort: CreateMeshPort): void {
  const row = new WorkerRow(boot.row)
  captureOutput(boot.output, row)
  const worker = new HostingWorker(boot, { row, createMeshPort })
  worker.announce()
}

class HostingWorker {
  readonly #boot: WorkerBoot
  readonly #messenger: Messenger<WorkerDialect>
  readonly #mesh: MeshPort
  readonly #capture: ListenCapture
  /** Only the entrypoint has one. */
  readonly #entrance: Entrance | null
  readonly #files: FileReporter | null
  readonly #abort = new AbortController()
  /** Collected until the start is answered; later ones are notices. */
  #startWarnings: string[] | null = []
  #closers: readonly (() => unknown)[] = []

  constructor(boot: WorkerBoot, { row, createMeshPort }: { row: WorkerRow; createMeshPort: CreateMeshPort }) {
    this.#boot = boot
    const warn = (message: string): void => this.#warn(message)
    this.#entrance = boot.ingress ? new Entrance(boot.ingress, { row, clock, warn }) : null
    this.#capture = canServe(boot.service.type)
      ? captureListen({ address: this.#entrance?.address ?? null, warn, closed: (server) => this.#entrance?.serverClosed(server) })
      : NO_CAPTURE
    this.#mesh = createMeshPort({
      self: formatWorkerId(boot.id),
      service: boot.id.service,
      mesh: boot.mesh,
      snapshot: boot.routes,
      row,
      link: { send: (message, transfer) => this.#messenger.notify('mesh', message, transfer) },
      clock,
    })
    this.#messenger = new Messenger<WorkerDialect>(boot.itc, this.#handlers(), clock)
    this.#mesh.installClients()
    this.#files = boot.reportFiles ? reportLoadedFiles((files) => this.#messenger.notify('changed', { files }), clock) : null
  }

  announce(): void {
    this.#messenger.notify('init', null)
  }

  #handlers(): Handlers<WorkerDialect> {
    return {
      calls: {
        start: () => this.#start(),
        drain: (params) => this.#drain(params),
        stop: () => this.#stop(),
        getHealth: () => measureHealth(),
      },
      notices: {
        mesh: (message) => this.#mesh.receive(message),
        adopt: ({ fd }) => (this.#entrance ? this.#entrance.adopt(fd) : claimDescriptor(fd).close()),
      },
    }
  }

  async #start(): Promise<StartReport> {
    try {
      const report = await this.#load()
      this.#startWarnings = null
      return report
    } finally {
      this.#files?.flush()
    }
  }

  async #load(): Promise<StartReport> {
    const { id, service, mesh } = this.#boot
    const { type } = service
    if (type === 'oneshot') return this.#runOneshot()
    const loaded = await loadService({
      entry: service.entry,
      context: this.#context(),
      isBackground: type === 'background',
      capture: this.#capture,
      place: this.#entrance ? { host: '127.0.0.1', port: 0 } : { host: `${id.service}${mesh.domain}`, port: 80 },
      waitForListen: () => this.#waitForListen(type),
    })
    this.#closers = loaded.closers
    const warnings = this.#startWarnings ?? []
    if (loaded.kind === 'background') {
      this.#warnOfLateListen()
      return { kind: 'background', address: null, warnings }
    }
    this.#mesh.serve(loaded.server)
    if (this.#entrance === null) return { kind: 'server', address: null, warnings }
    const { address, port } = await this.#entrance.open(loaded.server)
    return { kind: 'server', address: { hostname: address, port }, warnings }
  }

  #waitForListen(type: Exclude<ServiceType, 'oneshot'>): Promise<WebServer | null> {
    return waitForListen({
      type,
      isEntrypoint: this.#entrance !== null,
      captured: this.#capture.whenCaptured(),
      watchIdle: () => watchIdle(this.#boot.itc),
    })
  }

  #runOneshot(): Promise<never> {
    const { itc, service } = this.#boot
    return runOneshot({
      entry: service.entry,
      context: this.#context(),
      onStopHook: (hook) => (this.#closers = [hook]),
      letGo: () => itc.unref(),
      release: () => this.#release(),
    })
  }

  #warnOfLateListen(): void {
    void this.#capture.whenCaptured().then(() => {
      const { service } = this.#boot.id
      this.#warn(`Cannot route to "${service}": it listened too late and was taken for a background service. Export its server instead`)
    })
  }

  #context(): ServiceContext {
    const { id, mode, service, mesh } = this.#boot
    return {
      service: id.service,
      slot: id.slot,
      mode,
      config: service.config,
      logger: createServiceLogger(
        (line) => void process.stdout.write(line),
        () => clock.epochMs(),
      ),
      signal: this.#abort.signal,
      mesh: { domain: mesh.domain },
    }
  }

  async #drain(terms: DrainTerms): Promise<DrainReport> {
    const reports = await Promise.all([this.#mesh.drain(terms), this.#entrance?.drain(terms)])
    return { cut: addCuts(...reports.map((report) => report?.cut ?? NOTHING_CUT)) }
  }

  async #stop(): Promise<null> {
    const end = await stopService({
      closers: this.#closers,
      abort: this.#abort,
      warn: (message) => this.#warn(message),
      release: () => this.#release(),
    })
    // After the answer has been posted.
    setImmediate(end)
    return null
  }

  #release(): void {
    this.#entrance?.close()
    this.#mesh.close()
    this.#messenger.close()
  }

  #warn(message: string): void {
    if (this.#startWarnings) this.#startWarnings.push(message)
    else this.#messenger.notify('warning', { message })
  }
}

/** The servers of the others are their own: they really listen. */
function canServe(type: ServiceType): boolean {
  return type === 'auto' || type === 'service'
}

async function measureHealth(): Promise<Pong> {
  const beforeMs = clock.nowMs()
  await new Promise<void>((resolve) => void clock.schedule(0, resolve))
  // Node rounds a delay of zero up to one millisecond.
  return { heapUsedBytes: getHeapStatistics().used_heap_size, loopDelayMs: Math.max(0, clock.nowMs() - beforeMs - 1) }
}
