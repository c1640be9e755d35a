import type { WorkerDialect } from '../itc/dialects.ts'
import { Messenger, type Handlers } from '../itc/messenger.ts'
import type { DrainReport, DrainTerms, StartReport, StartTerms, WorkerBoot } from '../itc/protocol.ts'
import { formatWorkerId } from '../model/ids.ts'
import { WorkerRow } from '../model/worker-row.ts'
import { claimDescriptor } from './acceptor.ts'
import { workerClock as clock } from './clock.ts'
import { Entrance } from './entrance.ts'
import { measureHealth, requireCheck, runOwnCheck } from './health.ts'
import { waitForListen } from './late-listen.ts'
import { captureListen, type ListenCapture } from './listen-capture.ts'
import { loadService } from './load-service.ts'
import { reportLoadedFiles, type FileReporter } from './loaded-files.ts'
import type { CreateMeshPort, MeshPort } from './mesh-port.ts'
import { captureOutput } from './output-capture.ts'
import type { ServiceContext } from './service-context.ts'
import { createServiceLogger } from './service-logger.ts'
import { stopService } from './stop.ts'

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
  #ownCheck: (() => unknown) | null = null

  constructor(boot: WorkerBoot, { row, createMeshPort }: { row: WorkerRow; createMeshPort: CreateMeshPort }) {
    this.#boot = boot
    const warn = (message: string): void => this.#warn(message)
    this.#entrance = boot.ingress ? new Entrance(boot.ingress, { row, clock, warn }) : null
    this.#capture = captureListen({
      address: this.#entrance?.address ?? null,
      warn,
      closed: (server) => this.#entrance?.serverClosed(server),
    })
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
        start: (terms) => this.#start(terms),
        accept: () => this.#accept(),
        drain: (params) => this.#drain(params),
        stop: () => this.#stop(),
        getHealth: () => measureHealth(),
        check: () => runOwnCheck(this.#ownCheck),
      },
      notices: {
        mesh: (message) => this.#mesh.receive(message),
        adopt: (socket) => (this.#entrance ? this.#entrance.adopt(socket) : claimDescriptor(socket.fd).close()),
        release: ({ slot }) => this.#entrance?.release(slot),
      },
    }
  }

  async #start(terms: StartTerms): Promise<StartReport> {
    try {
      const report = await this.#load(terms)
      this.#startWarnings = null
      return report
    } finally {
      this.#files?.flush()
    }
  }

  async #load({ accept }: StartTerms): Promise<StartReport> {
    const { id, service, mesh } = this.#boot
    const loaded = await loadService({
      entry: service.entry,
      context: this.#context(),
      capture: this.#capture,
      place: this.#entrance ? { host: '127.0.0.1', port: 0 } : { host: `${id.service}${mesh.domain}`, port: 80 },
      waitForListen: () => this.#waitForListen(),
    })
    this.#closers = loaded.closers
    this.#ownCheck = loaded.check
    requireCheck(service.check, { service: id.service, loaded })
    const warnings = this.#startWarnings ?? []
    if (loaded.kind === 'background') {
      this.#warnOfLateListen()
      return { kind: 'background', address: null, warnings }
    }
    this.#mesh.serve(loaded.server)
    if (this.#entrance === null) return { kind: 'server', address: null, warnings }
    this.#entrance.host(loaded.server)
    // Where it has to bind by itself, only that tells the address.
    const early = accept === 'when-routed' ? this.#entrance.address : null
    const { address, port } = early ?? (await this.#entrance.accept())
    return { kind: 'server', address: { hostname: address, port }, warnings }
  }

  async #accept(): Promise<null> {
    // A background service accepts nothing, though it may be the entrypoint.
    if (this.#entrance?.isHosting) await this.#entrance.accept()
    return null
  }

  #waitForListen() {
    return waitForListen({
      capture: this.#capture,
      isEntrypoint: this.#entrance !== null,
      clock,
      whenIdle: () => whenIdle(this.#boot.itc, this.#capture.whenCaptured()),
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
    const reports = await Promise.all([this.#mesh.drain(terms), this.#entrance?.drain(terms) ?? { cut: 0 }])
    return { cut: reports[0].cut + reports[1].cut }
  }

  async #stop(): Promise<null> {
    const end = await stopService({
      closers: this.#closers,
      abort: this.#abort,
      warn: (message) => this.#warn(message),
      release: () => {
        this.#entrance?.close()
        this.#mesh.close()
        this.#messenger.close()
      },
    })
    // After the answer has been posted.
    setImmediate(end)
    return null
  }

  #warn(message: string): void {
    if (this.#startWarnings) this.#startWarnings.push(message)
    else this.#messenger.notify('warning', { message })
  }
}

/** Resolves when nothing but the runtime's port keeps the thread alive; does not look any more once it has a server. */
function whenIdle(port: WorkerBoot['itc'], captured: Promise<unknown>): Promise<void> {
  return new Promise((resolve) => {
    const look = (): void => {
      port.ref()
      resolve()
    }
    port.unref()
    process.once('beforeExit', look)
    void captured.then(() => {
      process.off('beforeExit', look)
      port.ref()
    })
  })
}
