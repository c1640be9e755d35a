import type { Transferable } from 'node:worker_threads'
import { hasMeshrtCode } from '../errors/meshrt-error.ts'
import type { CheckAnswer, DrainReport, DrainTerms, Pong, StartReport, StartTerms, Weight } from '../itc/protocol.ts'
import type { WorkerId } from '../model/ids.ts'
import { formatSlotId } from '../model/ids.ts'
import type { MeshToWorker } from '../model/routes.ts'
import type { StartStage } from '../model/start-stage.ts'
import { WorkerRow } from '../model/worker-row.ts'
import { compilerNeed } from './compiler.ts'
import { readEnvironment } from './environment.ts'
import type { MemoryReading, Launcher, WorkerHandle, WorkerListener } from './launcher.ts'
import { SharedQuestion } from './shared-question.ts'
import { Thread, type ThreadOptions } from './thread.ts'

/** How much later than its own deadline a worker's answer may arrive. */
const ANSWER_MS = 500

/** For a oneshot without a limit; almost 25 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** A worker that does not even begin to accept in this time is not fit to serve. */
const ACCEPT_MS = 1000

/** Launches workers as threads of this process. */
export class ThreadLauncher implements Launcher {
  readonly #options: ThreadOptions
  /** Once a service has needed the compiler, its later workers start with it. */
  #compile: boolean

  constructor(options: ThreadOptions) {
    this.#options = options
    this.#compile = options.spec.typescript === 'tsx'
  }

  launch(id: WorkerId, listener: WorkerListener, terms: StartTerms): WorkerHandle {
    const handle = new ThreadHandle(id, { listener, terms, options: this.#options })
    void this.#run(handle, { listener, compile: this.#compile })
    return handle
  }

  /** Never rejects: whatever fails is the worker's failure. */
  async #run(handle: ThreadHandle, { listener, compile }: { listener: WorkerListener; compile: boolean }): Promise<void> {
    try {
      const report = await handle.load(compile)
      this.#compile ||= compile
      listener.loaded(report)
    } catch (error) {
      // The thread has ended, and why is told by its exit.
      if (hasMeshrtCode(error) && error.code === 'MESHRT_ITC_CLOSED') return
      const { typescript: mode, entry } = this.#options.spec
      const need = compile ? 'none' : compilerNeed(error, { mode, entry })
      if (need === 'none') return listener.loadFailed(error)
      if (need === 'sure') this.#compile = true
      await handle.discardThread()
      await this.#run(handle, { listener, compile: true })
    }
  }
}

interface HandleOptions {
  readonly listener: WorkerListener
  readonly terms: StartTerms
  readonly options: ThreadOptions
}

class ThreadHandle implements WorkerHandle {
  readonly id: WorkerId
  readonly pid = process.pid
  readonly row = new WorkerRow()
  readonly #listener: WorkerListener
  readonly #terms: StartTerms
  readonly #options: ThreadOptions
  #thread: Thread | null = null
  #terminated = false
  #inspected = false
  readonly #memory: SharedQuestion<MemoryReading>
  readonly #cpuTime: SharedQuestion<number>

  constructor(id: WorkerId, { listener, terms, options }: HandleOptions) {
    this.id = id
    this.#listener = listener
    this.#terms = terms
    this.#options = options
    const none = Promise.resolve(null)
    this.#memory = new SharedQuestion(() => this.#thread?.memory() ?? none, options.clock)
    this.#cpuTime = new SharedQuestion(() => this.#thread?.cpuTime() ?? none, options.clock)
  }

  get threadId(): number | null {
    return this.#thread?.worker.threadId ?? null
  }

  get startStage(): StartStage | null {
    return this.#thread?.startStage ?? null
  }

  /** Creates the thread and has it load the service. The slot's own timer bounds it. */
  async load(compile: boolean): Promise<StartReport> {
    const { spec, mode, ingress } = this.#options
    const env = await readEnvironment(spec, this.id, mode)
    this.#requireWanted()
    // Last, so that nothing that fails comes between a grant and the thread that answers for it.
    const grant = ingress ? await ingress.grant(this.id.slot) : null
    try {
      this.#requireWanted()
    } catch (error) {
      if (grant) ingress?.takeBack(grant)
      throw error
    }
    this.#thread = new Thread(this.id, { env, grant, compile, row: this.row, options: this.#options, listener: this.#listener })
    return this.#thread.messenger.call('start', this.#terms, { deadlineMs: spec.startTimeoutMs || LONGEST_TIMER_MS })
  }

  /** Ends the thread without a word to the listener: another one takes its place in this worker. */
  async discardThread(): Promise<void> {
    const thread = this.#thread
    this.#thread = null
    await thread?.discard()
  }

  async drain(terms: DrainTerms): Promise<DrainReport> {
    return this.#require().messenger.call('drain', terms, { deadlineMs: terms.deadlineMs + ANSWER_MS })
  }

  async stop(deadlineMs: number): Promise<void> {
    // Nothing has run yet that could end well.
    if (!this.#thread) return this.terminate()
    await this.#require().messenger.call('stop', null, { deadlineMs })
  }

  terminate(): void {
    this.#terminated = true
    // Settled by the thread's exit; a thread that never exits is abandoned by the pool.
    if (this.#thread) void this.#thread.worker.terminate()
    else queueMicrotask(() => this.#listener.exited({ code: 1, error: null }))
  }

  get inspected(): boolean {
    return this.#inspected
  }

  utilisation(): number {
    return this.#thread?.utilisation() ?? 0
  }

  async ping(deadlineMs: number): Promise<Pong> {
    const pong = await this.#require().messenger.call('getHealth', null, { deadlineMs })
    this.#inspected = pong.inspected
    return pong
  }

  memory(deadlineMs: number): Promise<MemoryReading | null> {
    return this.#memory.ask(deadlineMs)
  }

  async weigh(deadlineMs: number): Promise<Weight> {
    return this.#require().messenger.call('weigh', null, { deadlineMs })
  }

  cpuTime(deadlineMs: number): Promise<number | null> {
    return this.#cpuTime.ask(deadlineMs)
  }

  async check(deadlineMs: number): Promise<CheckAnswer> {
    return this.#require().messenger.call('check', null, { deadlineMs })
  }

  mesh(message: MeshToWorker, transfer?: readonly Transferable[]): void {
    this.#thread?.messenger.notify('mesh', message, transfer)
  }

  async accept(): Promise<void> {
    if (this.#terms.accept === 'at-once') return
    await this.#require().messenger.call('accept', null, { deadlineMs: ACCEPT_MS })
  }

  async adopt(socket: { readonly slot: number; readonly fd: number }): Promise<void> {
    if (this.#thread) return this.#thread.adopt(socket, { deadlineMs: ACCEPT_MS })
    this.#options.ingress?.takeBack({ kind: 'descriptor', fd: socket.fd })
    this.#require()
  }

  release(slot: number): void {
    this.#thread?.messenger.notify('release', { slot })
  }

  #requireWanted(): void {
    if (this.#terminated) throw new Error('terminated before its thread was created')
  }

  #require(): Thread {
    if (!this.#thread) throw new Error(`Cannot speak to worker ${formatSlotId(this.id)}: it has no thread`)
    return this.#thread
  }
}
