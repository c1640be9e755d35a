import { MeshrtError } from '../../src/errors/meshrt-error.ts'
import type { CheckAnswer, DrainReport, Pong, StartReport, StartTerms, Weight } from '../../src/itc/protocol.ts'
import type { WorkerId } from '../../src/model/ids.ts'
import type { MeshToWorker } from '../../src/model/routes.ts'
import type { StartStage } from '../../src/model/start-stage.ts'
import { WorkerRow } from '../../src/model/worker-row.ts'
import type { MemoryReading, Launcher, WorkerHandle, WorkerListener } from '../../src/pool/launcher.ts'
import { NOTHING_CUT } from '../../src/model/cut.ts'

const SERVER: StartReport = { kind: 'server', address: null, warnings: [] }

/** A worker that does what the test says, and nothing by itself. */
export class PuppetWorker implements WorkerHandle {
  readonly id: WorkerId
  readonly place = 'thread'
  readonly pid = 1
  readonly threadId = 7
  readonly row = new WorkerRow()
  readonly orders: string[] = []
  readonly #listener: WorkerListener
  readonly #terms: StartTerms
  readonly #drain = Promise.withResolvers<DrainReport>()
  /** Refuses to end when it is asked, and even when it is terminated. */
  immortal = false
  deaf = false
  refusesToAccept = false
  blocked = false
  inspected = false
  startStage: StartStage | null = null
  weight: MemoryReading = { heapUsedBytes: 0, externalBytes: 0, heapLimitBytes: 0 }
  /** Closes its end before it answers a ping. */
  closing = false

  constructor(id: WorkerId, { listener, terms }: { readonly listener: WorkerListener; readonly terms: StartTerms }) {
    this.id = id
    this.#listener = listener
    this.#terms = terms
  }

  #reported = false

  get isAlive(): boolean {
    return !this.orders.includes('exited')
  }

  /** Does what is expected of it by now: becomes ready once, has drained. */
  settles(): void {
    if (this.isAlive && !this.#reported) this.becomesReady()
    this.drained()
  }

  becomesReady(report: StartReport = SERVER): void {
    this.#reported = true
    this.#listener.initialised()
    this.#listener.loaded(report)
  }

  failsToLoad(error: unknown): void {
    this.#listener.loadFailed(error)
  }

  exits(code: number, error: unknown = null): void {
    this.orders.push('exited')
    this.#listener.exited({ code, error })
  }

  drained(cut = NOTHING_CUT): void {
    this.#drain.resolve({ cut })
  }

  drain(): Promise<DrainReport> {
    this.orders.push('drain')
    return this.#drain.promise
  }

  stop(): Promise<void> {
    this.orders.push('stop')
    if (this.deaf) return Promise.reject(new Error('no answer'))
    queueMicrotask(() => this.exits(0))
    return Promise.resolve()
  }

  terminate(): void {
    this.orders.push('terminate')
    if (!this.immortal) queueMicrotask(() => this.exits(1))
  }

  utilisation(): number {
    return 0
  }

  ping(): Promise<Pong> {
    if (this.closing) return Promise.reject(new MeshrtError('MESHRT_ITC_CLOSED', 'closed'))
    if (this.blocked) return Promise.reject(new MeshrtError('MESHRT_ITC_TIMEOUT', 'no answer'))
    return Promise.resolve({ heapUsedBytes: 0, externalBytes: 0, heapLimitBytes: 0, loopDelayMs: 0, inspected: false })
  }

  memory(): Promise<MemoryReading | null> {
    return Promise.resolve(this.isAlive ? this.weight : null)
  }

  weigh(): Promise<Weight> {
    return Promise.resolve(this.weight)
  }

  cpuTime(): Promise<number | null> {
    return Promise.resolve(null)
  }

  check(): Promise<CheckAnswer> {
    return Promise.resolve({ ok: true, detail: '' })
  }

  mesh(message: MeshToWorker): void {
    this.orders.push(`mesh ${message.type}`)
  }

  accept(): Promise<void> {
    if (this.#terms.accept === 'when-routed') this.orders.push('accept')
    return this.refusesToAccept ? Promise.reject(new Error('no answer')) : Promise.resolve()
  }

  adopt({ slot }: { readonly slot: number; readonly fd: number }): Promise<void> {
    this.orders.push(`adopt ${slot}`)
    return this.refusesToAccept ? Promise.reject(new Error('no answer')) : Promise.resolve()
  }

  release(slot: number): void {
    this.orders.push(`release ${slot}`)
  }
}

export class PuppetLauncher implements Launcher {
  readonly workers: PuppetWorker[] = []
  #waiting: ((worker: PuppetWorker) => void)[] = []

  launch(id: WorkerId, listener: WorkerListener, terms: StartTerms): WorkerHandle {
    const worker = new PuppetWorker(id, { listener, terms })
    this.workers.push(worker)
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve(worker)
    return worker
  }

  /** The next worker that is launched. */
  next(): Promise<PuppetWorker> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  worker(index: number): PuppetWorker {
    const worker = this.workers[index]
    if (!worker) throw new Error(`No worker was launched as number ${index}`)
    return worker
  }
}
