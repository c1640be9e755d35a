import type { Transferable } from 'node:worker_threads'
import { hasMeshrtCode } from '../errors/meshrt-error.ts'
import type { CheckAnswer, DrainReport, DrainTerms, Pong, StartReport, StartTerms, Weight } from '../itc/protocol.ts'
import { LONGEST_TIMER_MS } from '../model/clock.ts'
import type { WorkerId } from '../model/ids.ts'
import { formatSlotId } from '../model/ids.ts'
import type { MeshToWorker, Place } from '../model/routes.ts'
import type { StartStage } from '../model/start-stage.ts'
import { WorkerRow } from '../model/worker-row.ts'
import { readEnvironment } from '../environment/read-environment.ts'
import { compileCacheOf } from './compile-cache.ts'
import { compilerNeed, compilerSettings, NO_COMPILER } from './compiler.ts'
import type { MemoryReading, Launcher, WorkerHandle, WorkerListener } from './launcher.ts'
import { CAN_DENY_NET } from './permission-flags.ts'
import { permissionWarnings } from './permission-warnings.ts'
import { entryOf } from './worker-boot.ts'
import { SharedQuestion } from './shared-question.ts'
import type { Habitat, HostingOptions, Incarnation } from './incarnation.ts'

/** How much later than its own deadline a worker's answer may arrive. */
const ANSWER_MS = 500

/** A worker that does not even begin to accept in this time is not fit to serve. */
const ACCEPT_MS = 1000

/** Launches workers that host a module of the service, as threads or processes. */
export class ModuleLauncher implements Launcher {
  readonly #habitat: Habitat
  readonly #options: HostingOptions
  /** Once a service has needed the compiler, its later workers start with it. */
  #compile: boolean

  constructor(habitat: Habitat, options: HostingOptions) {
    this.#habitat = habitat
    this.#options = options
    this.#compile = options.spec.typescript === 'tsx'
  }

  launch(id: WorkerId, listener: WorkerListener, terms: StartTerms): WorkerHandle {
    const handle = new ModuleHandle(id, { listener, terms, habitat: this.#habitat, options: this.#options })
    void this.#run(handle, { listener, compile: this.#compile })
    return handle
  }

  /** Never rejects: whatever fails is the worker's failure. */
  async #run(handle: ModuleHandle, { listener, compile }: { listener: WorkerListener; compile: boolean }): Promise<void> {
    try {
      const report = await handle.load(compile)
      this.#compile ||= compile
      listener.loaded(report)
    } catch (error) {
      // It has ended, and why is told by its exit.
      if (hasMeshrtCode(error) && error.code === 'MESHRT_ITC_CLOSED') return
      const { spec } = this.#options
      const need = compile ? 'none' : compilerNeed(error, { mode: spec.typescript, entry: entryOf(spec) })
      if (need === 'none') return listener.loadFailed(error)
      if (need === 'sure') this.#compile = true
      await handle.discardLife()
      await this.#run(handle, { listener, compile: true })
    }
  }
}

interface HandleOptions {
  readonly listener: WorkerListener
  readonly terms: StartTerms
  readonly habitat: Habitat
  readonly options: HostingOptions
}

class ModuleHandle implements WorkerHandle {
  readonly id: WorkerId
  readonly place: Place
  readonly row = new WorkerRow()
  readonly #listener: WorkerListener
  readonly #terms: StartTerms
  readonly #habitat: Habitat
  readonly #options: HostingOptions
  #life: Incarnation | null = null
  #terminated = false
  #inspected = false
  readonly #memory: SharedQuestion<MemoryReading>
  readonly #cpuTime: SharedQuestion<number>

  constructor(id: WorkerId, { listener, terms, habitat, options }: HandleOptions) {
    this.id = id
    this.place = habitat.place
    this.#habitat = habitat
    this.#listener = listener
    this.#terms = terms
    this.#options = options
    const none = Promise.resolve(null)
    this.#memory = new SharedQuestion(() => this.#life?.memory() ?? none, options.clock)
    this.#cpuTime = new SharedQuestion(() => this.#life?.cpuTime() ?? none, options.clock)
  }

  get pid(): number | null {
    return this.#life?.pid ?? null
  }

  get threadId(): number | null {
    return this.#life?.threadId ?? null
  }

  get startStage(): StartStage | null {
    return this.#life?.startStage ?? null
  }

  /** Brings it to life and has it load the service. The slot's own timer bounds it. */
  async load(compile: boolean): Promise<StartReport> {
    const { spec, mode, ingress } = this.#options
    const compiler = compile ? compilerSettings(entryOf(spec)) : NO_COMPILER
    // A tsconfig of the service's own choice wins.
    const env = { ...compiler.env, ...(await readEnvironment(spec, this.id, mode)) }
    this.#requireWanted()
    // Last, so that nothing that fails comes between a grant and who answers for it.
    const grant = ingress ? await ingress.grant(this.id.slot) : null
    try {
      this.#requireWanted()
    } catch (error) {
      if (grant) ingress?.takeBack(grant)
      throw error
    }
    const cache = compileCacheOf(spec, env)
    this.#life = this.#habitat.create(this.id, {
      env: { ...env, ...cache },
      ownVariables: Object.keys(cache),
      grant,
      compiler: compiler.execArgv,
      row: this.row,
      options: this.#options,
      listener: this.#listener,
    })
    this.#warnOfPermissions()
    return this.#life.messenger.call('start', this.#terms, { deadlineMs: spec.startTimeoutMs || LONGEST_TIMER_MS })
  }

  /** Once for the service. */
  #warnOfPermissions(): void {
    const { permissions } = this.#options.spec
    if (permissions === null || this.id.slot > 0 || this.id.generation > 1) return
    const host = {
      place: this.#habitat.place,
      workingDirectory: process.cwd(),
      hasProcesses: this.#options.hasProcesses,
      canDenyNet: CAN_DENY_NET,
      nodeVersion: process.version,
    }
    for (const warning of permissionWarnings(permissions, host)) this.#listener.warned(warning)
  }

  /** Another life follows in this worker. */
  async discardLife(): Promise<void> {
    const life = this.#life
    this.#life = null
    await life?.discard()
  }

  async drain(terms: DrainTerms): Promise<DrainReport> {
    return this.#require().messenger.call('drain', terms, { deadlineMs: terms.deadlineMs + ANSWER_MS })
  }

  async stop(deadlineMs: number): Promise<void> {
    // Nothing has run yet that could end well.
    if (!this.#life) return this.terminate()
    await this.#require().messenger.call('stop', null, { deadlineMs })
  }

  terminate(): void {
    this.#terminated = true
    if (this.#life) this.#life.terminate()
    else queueMicrotask(() => this.#listener.exited({ code: 1, error: null }))
  }

  get inspected(): boolean {
    return this.#inspected
  }

  utilisation(): number {
    return this.#life?.utilisation() ?? 0
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
    this.#life?.mesh(message, transfer)
  }

  async accept(): Promise<void> {
    if (this.#terms.accept === 'at-once') return
    await this.#require().messenger.call('accept', null, { deadlineMs: ACCEPT_MS })
  }

  async adopt(socket: { readonly slot: number; readonly fd: number }): Promise<void> {
    if (this.#life) return this.#life.adopt(socket, { deadlineMs: ACCEPT_MS })
    this.#options.ingress?.takeBack({ kind: 'descriptor', fd: socket.fd })
    this.#require()
  }

  release(slot: number): void {
    this.#life?.messenger.notify('release', { slot })
  }

  #requireWanted(): void {
    if (this.#terminated) throw new Error('terminated before it began to live')
  }

  #require(): Incarnation {
    if (!this.#life) throw new Error(`Cannot speak to worker ${formatSlotId(this.id)}: it has not begun to live`)
    return this.#life
  }
}
