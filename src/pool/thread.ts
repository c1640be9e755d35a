import { receiveMessageOnPort, type MessagePort, type Transferable, type Worker } from 'node:worker_threads'
import { explainDenied } from '../errors/access-denied.ts'
import type { RuntimeDialect } from '../itc/dialects.ts'
import { Messenger } from '../itc/messenger.ts'
import type { IngressGrant, ThreadBoot } from '../itc/protocol.ts'
import type { WorkerId } from '../model/ids.ts'
import type { MeshToWorker } from '../model/routes.ts'
import type { EarlyThreads } from './early-threads.ts'
import type { Habitat, Incarnation, IncarnationOrder } from './incarnation.ts'
import type { MemoryReading, WorkerListener } from './launcher.ts'
import type { StartStage } from '../model/start-stage.ts'
import { OutputReader } from './output-reader.ts'
import { startThread, threadOptions, type StartedThread } from './start-thread.ts'
import { workerBoot } from './worker-boot.ts'

/** One worker thread with its two ports: ITC and output. Tells its listener everything, `exited` last. */
class Thread implements Incarnation {
  readonly pid = process.pid
  readonly #worker: Worker
  readonly messenger: Messenger<RuntimeDialect>
  readonly #itc: MessagePort
  readonly #output: OutputReader
  readonly #listener: WorkerListener
  readonly #order: IncarnationOrder
  /** Descriptors, in the order in which the thread gets and takes them; what it has not taken when it ends goes back. */
  readonly #lent: IngressGrant[]
  readonly #takenBefore: number
  #startStage: StartStage | null = null
  #discarded = false
  #ended = false
  #error: unknown = null
  #lastUtilisation: ReturnType<Worker['performance']['eventLoopUtilization']> | undefined

  constructor(id: WorkerId, order: IncarnationOrder, early: EarlyThreads | null) {
    this.#listener = order.listener
    this.#order = order
    this.#lent = order.grant?.kind === 'descriptor' ? [order.grant] : []
    this.#takenBefore = order.row.descriptorsTaken
    const thread = this.#start(id, early)
    this.#worker = thread.worker
    this.#itc = thread.itc
    this.#output = new OutputReader(id, {
      port: thread.output,
      worker: this.#worker,
      row: order.row,
      onLine: (line) => order.listener.output(line),
      onDropped: (writes) => order.listener.outputDropped(writes),
      clock: order.options.clock,
    })
    this.messenger = new Messenger<RuntimeDialect>(thread.itc, { calls: {}, notices: this.#notices() }, order.options.clock)
    this.#worker.on('error', (error) => (this.#error ??= explainDenied(error, id.service)))
    this.#worker.on('exit', (code) => this.#exited(code))
  }

  #start(id: WorkerId, early: EarlyThreads | null): StartedThread {
    const { env, compiler, options, grant: ingress, ownVariables, row } = this.#order
    let thread: StartedThread | null = null
    try {
      const wanted = threadOptions(id, { spec: options.spec, env, compiler, lineDir: options.lineDir })
      thread = early?.take(id, wanted) ?? startThread(wanted)
      const boot: ThreadBoot = { ...workerBoot(id, { options, routes: options.routes(), ingress, ownVariables }), row: row.shared }
      // Of a worker, not of a window.
      // oxlint-disable-next-line unicorn/require-post-message-target-origin
      thread.itc.postMessage(boot)
      return thread
    } catch (error) {
      // Its options are not Node's, or its `config` cannot be cloned.
      // What else goes wrong in it meanwhile is nobody's affair.
      void thread?.worker.on('error', () => {}).terminate()
      this.#giveBack()
      throw error
    }
  }

  get threadId(): number {
    return this.#worker.threadId
  }

  get startStage(): StartStage | null {
    return this.#startStage
  }

  utilisation(): number {
    const now = this.#worker.performance.eventLoopUtilization()
    const since = this.#worker.performance.eventLoopUtilization(now, this.#lastUtilisation)
    this.#lastUtilisation = now
    return since.utilization
  }

  /** Does not answer while the thread sits in a native call. */
  async memory(): Promise<MemoryReading | null> {
    try {
      const heap = await this.#worker.getHeapStatistics()
      return { heapUsedBytes: heap.used_heap_size, externalBytes: heap.external_memory, heapLimitBytes: heap.heap_size_limit }
    } catch {
      // Rejects when the thread ends meanwhile: then there is no heap to speak of.
      return null
    }
  }

  /** As `memory`; always null before Node.js 24.6. */
  async cpuTime(): Promise<number | null> {
    const worker = this.#worker
    if (!('cpuUsage' in worker)) return null
    try {
      const { user, system } = await worker.cpuUsage()
      return (user + system) / 1000
    } catch {
      return null
    }
  }

  async adopt(socket: { readonly slot: number; readonly fd: number }, deadline: { readonly deadlineMs: number }): Promise<void> {
    this.#lent.push({ kind: 'descriptor', fd: socket.fd })
    if (this.#ended) this.#giveBack()
    await this.messenger.call('adopt', socket, deadline)
  }

  mesh(message: MeshToWorker, transfer?: readonly Transferable[]): void {
    this.messenger.notify('mesh', message, transfer)
  }

  terminate(): void {
    // Settled by the thread's exit; a thread that never exits is abandoned by the pool.
    void this.#worker.terminate()
  }

  async discard(): Promise<void> {
    this.#discarded = true
    await this.#worker.terminate()
  }

  #notices(): ConstructorParameters<typeof Messenger<RuntimeDialect>>[1]['notices'] {
    const listener = this.#listener
    return {
      init: () => listener.initialised(),
      starting: ({ stage }) => (this.#startStage = stage),
      mesh: (message) => listener.mesh(message),
      changed: ({ files }) => listener.changed(files),
      warning: ({ message }) => listener.warned(message),
      // Of processes only.
      pulse: () => {},
      failed: () => {},
    }
  }

  /** Once for all workers of a service. */
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

/** Threads of this process; where one has been started early, that one. */
export function threads(early: EarlyThreads | null): Habitat {
  return { place: 'thread', create: (id, order) => new Thread(id, order, early) }
}
