import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort, type ResourceLimits } from 'node:worker_threads'
import type { RuntimeDialect } from '../itc/dialects.ts'
import { Messenger } from '../itc/messenger.ts'
import type { IngressGrant, WorkerBoot } from '../itc/protocol.ts'
import type { Clock } from '../model/clock.ts'
import { formatSlotId, type WorkerId } from '../model/ids.ts'
import type { RouteSnapshot } from '../model/routes.ts'
import type { LimitsSpec, MeshSpec, Mode, ServiceSpec } from '../model/spec.ts'
import type { StartStage } from '../model/start-stage.ts'
import type { WorkerRow } from '../model/worker-row.ts'
import { compilerSettings } from './compiler.ts'
import type { IngressSource, MemoryReading, WorkerListener } from './launcher.ts'
import { OutputReader } from './output-reader.ts'

/** The same for every worker of a service. */
export interface ThreadOptions {
  readonly spec: ServiceSpec
  readonly mode: Mode
  readonly mesh: MeshSpec
  /** The routes of this moment, so that a worker knows them before its first request. */
  readonly routes: () => RouteSnapshot
  /** Null for any service but the entrypoint. */
  readonly ingress: IngressSource | null
  readonly clock: Clock
}

export interface ThreadOrder {
  readonly env: Record<string, string>
  readonly grant: IngressGrant | null
  /** Have tsx compile TypeScript that Node cannot strip. */
  readonly compile: boolean
  readonly row: WorkerRow
  readonly options: ThreadOptions
  readonly listener: WorkerListener
}

// The worker's file has the extension of this one: sources in a checkout, JavaScript in the package.
const WORKER_FILE = new URL(import.meta.url.endsWith('.ts') ? '../worker/main.ts' : '../worker/main.js', import.meta.url)

/** One worker thread with its two ports: ITC and output. Tells its listener everything, `exited` last. */
export class Thread {
  readonly worker: Worker
  readonly messenger: Messenger<RuntimeDialect>
  readonly #itc: MessagePort
  readonly #output: OutputReader
  readonly #listener: WorkerListener
  readonly #order: ThreadOrder
  /** Descriptors, in the order in which the thread gets and takes them; what it has not taken when it ends goes back. */
  readonly #lent: IngressGrant[]
  readonly #takenBefore: number
  #startStage: StartStage | null = null
  #discarded = false
  #ended = false
  #error: unknown = null
  #lastUtilisation: ReturnType<Worker['performance']['eventLoopUtilization']> | undefined

  constructor(id: WorkerId, order: ThreadOrder) {
    const itc = new MessageChannel()
    const output = new MessageChannel()
    this.#listener = order.listener
    this.#order = order
    this.#itc = itc.port1
    this.#lent = order.grant?.kind === 'descriptor' ? [order.grant] : []
    this.#takenBefore = order.row.descriptorsTaken
    try {
      this.worker = createWorker(id, order, { itc: itc.port2, output: output.port2 })
    } catch (error) {
      for (const port of [itc.port1, output.port1]) port.close()
      this.#giveBack()
      throw error
    }
    this.#output = new OutputReader(id, {
      port: output.port1,
      worker: this.worker,
      row: order.row,
      onLine: (line) => order.listener.output(line),
      onDropped: (writes) => order.listener.outputDropped(writes),
      clock: order.options.clock,
    })
    this.messenger = new Messenger<RuntimeDialect>(itc.port1, { calls: {}, notices: this.#notices() }, order.options.clock)
    this.worker.on('error', (error) => (this.#error ??= error))
    this.worker.on('exit', (code) => this.#exited(code))
  }

  get startStage(): StartStage | null {
    return this.#startStage
  }

  /** Share of the time since the last call that the loop was busy, read from here without asking the thread. */
  utilisation(): number {
    const now = this.worker.performance.eventLoopUtilization()
    const since = this.worker.performance.eventLoopUtilization(now, this.#lastUtilisation)
    this.#lastUtilisation = now
    return since.utilization
  }

  /** Does not answer while the thread sits in a native call. */
  async memory(): Promise<MemoryReading | null> {
    try {
      const heap = await this.worker.getHeapStatistics()
      return { heapUsedBytes: heap.used_heap_size, externalBytes: heap.external_memory, heapLimitBytes: heap.heap_size_limit }
    } catch {
      // Rejects when the thread ends meanwhile: then there is no heap to speak of.
      return null
    }
  }

  /** As `memory`; always null before Node.js 24.6. */
  async cpuTime(): Promise<number | null> {
    const { worker } = this
    if (!('cpuUsage' in worker)) return null
    try {
      const { user, system } = await worker.cpuUsage()
      return (user + system) / 1000
    } catch {
      return null
    }
  }

  /** @throws whatever keeps the worker from accepting from this socket, and when it does not answer in time. */
  async adopt(socket: { readonly slot: number; readonly fd: number }, deadline: { readonly deadlineMs: number }): Promise<void> {
    this.#lent.push({ kind: 'descriptor', fd: socket.fd })
    if (this.#ended) this.#giveBack()
    await this.messenger.call('adopt', socket, deadline)
  }

  async discard(): Promise<void> {
    this.#discarded = true
    await this.worker.terminate()
  }

  #notices(): ConstructorParameters<typeof Messenger<RuntimeDialect>>[1]['notices'] {
    const listener = this.#listener
    return {
      init: () => listener.initialised(),
      starting: ({ stage }) => (this.#startStage = stage),
      mesh: (message) => listener.mesh(message),
      changed: ({ files }) => listener.changed(files),
      warning: ({ message }) => listener.warned(message),
    }
  }

  #exited(code: number): void {
    // What the thread posted before it died is still in the ports.
    for (let queued = receiveMessageOnPort(this.#itc); queued; queued = receiveMessageOnPort(this.#itc))
      this.messenger.receive(queued.message)
    this.messenger.close()
    this.#output.end()
    this.#ended = true
    this.#giveBack()
    if (!this.#discarded) this.#listener.exited({ code, error: this.#error })
  }

  #giveBack(): void {
    const { row, options } = this.#order
    for (const grant of this.#lent.splice(row.descriptorsTaken - this.#takenBefore)) options.ingress?.takeBack(grant)
  }
}

function createWorker(id: WorkerId, order: ThreadOrder, ports: { readonly itc: MessagePort; readonly output: MessagePort }): Worker {
  const { spec, mode, mesh, routes } = order.options
  const workerData: WorkerBoot = {
    id,
    mode,
    service: { path: spec.path, entry: spec.entry, config: spec.config, type: spec.type, listen: spec.listen, check: spec.health.check },
    mesh,
    routes: routes(),
    ingress: order.grant,
    row: order.row.shared,
    itc: ports.itc,
    output: ports.output,
    reportFiles: spec.watch.enabled,
  }
  const compiler = order.compile ? compilerSettings(spec.entry) : { execArgv: [], env: {} }
  return new Worker(WORKER_FILE, {
    name: formatSlotId(id),
    workerData,
    transferList: [ports.itc, ports.output],
    // A tsconfig of the service's own choice wins.
    env: { ...compiler.env, ...order.env },
    execArgv: [...compiler.execArgv],
    resourceLimits: resourceLimits(spec.limits),
    stdout: true,
    stderr: true,
  })
}

const MB = 1024 * 1024

/**
 * V8's hard limit lies well above the soft one that the runtime enforces: reaching the hard one may abort the whole
 * process, not just the thread.
 */
function resourceLimits(limits: LimitsSpec): ResourceLimits {
  return {
    ...(limits.heapBytes === null ? {} : { maxOldGenerationSizeMb: Math.ceil((2 * limits.heapBytes) / MB) + 64 }),
    ...(limits.youngGenerationBytes === null ? {} : { maxYoungGenerationSizeMb: Math.ceil(limits.youngGenerationBytes / MB) }),
    ...(limits.stackBytes === null ? {} : { stackSizeMb: Math.ceil(limits.stackBytes / MB) }),
  }
}
