import type { WorkerDialect } from '../itc/dialects.ts'
import { Messenger, type Handlers, type ItcPort } from '../itc/messenger.ts'
import type { DrainReport, DrainTerms, StartReport, StartTerms, WorkerBoot } from '../itc/protocol.ts'
import { explainDenied } from '../errors/access-denied.ts'
import { addCuts, NOTHING_CUT } from '../model/cut.ts'
import { formatWorkerId } from '../model/ids.ts'
import type { ServiceType } from '../model/spec.ts'
import type { WorkerRow } from '../model/worker-row.ts'
import { workerClock as clock } from './clock.ts'
import type { BoundHandle } from './acceptor.ts'
import { Entrance } from './entrance.ts'
import { joinRunning, measureHealth, requireCheck, runOwnCheck, weighLive } from './health.ts'
import { waitForListen } from './late-listen.ts'
import { easeHttpImport } from './http-exports.ts'
import { watchIdle } from './idle-watch.ts'
import { captureListen, NO_CAPTURE, type ListenCapture } from './listen-capture.ts'
import { explainLoadFailure } from './load-failure.ts'
import { loadService } from './load-service.ts'
import { reportLoadedFiles, type FileReporter } from './loaded-files.ts'
import type { CreateMeshPort, MeshPort } from './mesh-port.ts'
import { preload } from './preload.ts'
import { runOneshot } from './oneshot.ts'
import { OwnPort } from './own-port.ts'
import type { ServiceContext } from './service-context.ts'
import { createServiceLogger } from './service-logger.ts'
import { stopService } from './stop.ts'
import type { WebServer } from './web-server.ts'

/** What a worker lives in: a thread or a process. */
export interface WorkerPlace {
  readonly itc: RuntimePort
  readonly row: WorkerRow
  readonly createMeshPort: CreateMeshPort
  /** Before anything of the service runs. */
  readonly prepare?: (warn: (message: string) => void) => void
  /** A socket that came for a line of the mesh. */
  readonly onLine?: (path: string, handle: unknown) => void
}

/** The way to the runtime; keeps the worker alive while it is ref'd. */
export interface RuntimePort extends ItcPort {
  ref(): void
  unref(): void
}

/** Wires a worker; to be called before anything of the service runs. Answers the runtime's calls from then on. */
export function bootWorker(boot: WorkerBoot, place: WorkerPlace): Messenger<WorkerDialect> {
  return new HostingWorker(boot, place).announce()
}

class HostingWorker {
  readonly #boot: WorkerBoot
  readonly #itc: RuntimePort
  readonly #onLine: (path: string, handle: unknown) => void
  readonly #row: WorkerRow
  readonly #messenger: Messenger<WorkerDialect>
  readonly #mesh: MeshPort
  readonly #capture: ListenCapture
  /** Only the entrypoint has one. */
  readonly #entrance: Entrance | null
  /** Only a server that listens by itself has one. */
  #ownPort: OwnPort | null = null
  readonly #files: FileReporter | null
  readonly #abort = new AbortController()
  /** Collected until the start is answered; later ones are notices. */
  #startWarnings: string[] | null = []
  #closers: readonly (() => unknown)[] = []
  #ownCheck: (() => unknown) | null = null
  readonly #check = joinRunning(() => runOwnCheck(this.#ownCheck))

  constructor(boot: WorkerBoot, { itc, row, createMeshPort, prepare = () => {}, onLine = () => {} }: WorkerPlace) {
    for (const name of boot.ownVariables) delete process.env[name]
    this.#boot = boot
    this.#itc = itc
    this.#onLine = onLine
    this.#row = row
    const warn = (message: string): void => this.#warn(message)
    prepare(warn)
    this.#entrance = boot.ingress ? new Entrance(boot.ingress, { row, clock, warn }) : null
    this.#capture = canServe(boot.service.type)
      ? captureListen({
          mode: boot.service.listen,
          address: this.#entrance?.address ?? null,
          warn,
          closed: (server) => this.#entrance?.serverClosed(server),
        })
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
    this.#messenger = new Messenger<WorkerDialect>(itc, this.#handlers(), clock)
    this.#mesh.installClients()
    easeHttpImport()
    this.#files = boot.reportFiles ? reportLoadedFiles((files) => this.#messenger.notify('changed', { files }), clock) : null
  }

  announce(): Messenger<WorkerDialect> {
    this.#messenger.notify('init', null)
    return this.#messenger
  }

  #handlers(): Handlers<WorkerDialect> {
    return {
      calls: {
        start: (terms) => this.#start(terms),
        accept: () => this.#accept(),
        adopt: ({ slot, fd }, handle) => this.#adopt(slot, fd ?? (handle as BoundHandle)),
        drain: (params) => this.#drain(params),
        stop: () => this.#stop(),
        getHealth: () => measureHealth(),
        weigh: () => weighLive(),
        check: this.#check,
      },
      notices: {
        mesh: (message) => this.#mesh.receive(message),
        release: ({ slot }) => this.#entrance?.release(slot),
        line: ({ path }, handle) => this.#onLine(path, handle),
      },
    }
  }

  async #start(terms: StartTerms): Promise<StartReport> {
    try {
      const report = await this.#load(terms)
      this.#startWarnings = null
      return report
    } catch (error) {
      throw explainDenied(explainLoadFailure(error, this.#boot.service), this.#boot.id.service)
    } finally {
      this.#files?.flush()
    }
  }

  async #load({ accept }: StartTerms): Promise<StartReport> {
    const { id, service, mesh } = this.#boot
    const { type } = service
    await preload(service.preload, service.path)
    if (type === 'oneshot') return this.#runOneshot()
    const loaded = await loadService({
      entry: service.entry,
      context: this.#context(),
      isBackground: type === 'background',
      capture: this.#capture,
      enter: (stage) => this.#messenger.notify('starting', { stage }),
      place: this.#entrance ? { host: '127.0.0.1', port: 0 } : { host: `${id.service}${mesh.domain}`, port: 80 },
      waitForListen: () => this.#waitForListen(type),
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
    if (this.#capture.hasPort(loaded.server)) this.#ownPort = new OwnPort(loaded.server, { row: this.#row, clock })
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

  async #adopt(slot: number, socket: number | BoundHandle): Promise<null> {
    if (this.#entrance === null) throw new Error('Cannot accept from a socket: this worker is not of the entrypoint')
    await this.#entrance.adopt(slot, socket)
    return null
  }

  #waitForListen(type: Exclude<ServiceType, 'oneshot'>): Promise<WebServer | null> {
    return waitForListen({
      type,
      isEntrypoint: this.#entrance !== null,
      captured: this.#capture.whenCaptured(),
      watchIdle: () => watchIdle(this.#itc),
    })
  }

  #runOneshot(): Promise<never> {
    const { service } = this.#boot
    return runOneshot({
      entry: service.entry,
      context: this.#context(),
      onStopHook: (hook) => (this.#closers = [hook]),
      letGo: () => this.#itc.unref(),
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
    const reports = await Promise.all([this.#mesh.drain(terms), this.#entrance?.drain(terms), this.#ownPort?.drain(terms)])
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
    this.#ownPort?.close()
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
