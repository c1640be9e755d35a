import type { DrainReport, Pong, StartReport } from '../../src/itc/protocol.ts'
import type { WorkerId } from '../../src/model/ids.ts'
import type { MeshToWorker } from '../../src/model/routes.ts'
import { WorkerRow } from '../../src/model/worker-row.ts'
import type { HeapReading, Launcher, WorkerHandle, WorkerListener } from '../../src/pool/launcher.ts'
import { NOTHING_CUT } from '../../src/model/cut.ts'

export const SERVER: StartReport = { kind: 'server', address: null, warnings: [] }

/** A worker that does what the test says, and nothing by itself. */
export class PuppetWorker implements WorkerHandle {
  readonly id: WorkerId
  readonly pid = 1
  readonly threadId = 7
  readonly row = new WorkerRow()
  readonly orders: string[] = []
  readonly #listener: WorkerListener
  readonly #drain = Promise.withResolvers<DrainReport>()
  /** Refuses to end when it is asked, and even when it is terminated. */
  immortal = false
  deaf = false

  constructor(id: WorkerId, listener: WorkerListener) {
    this.id = id
    this.#listener = listener
  }

  becomesReady(report: StartReport = SERVER): void {
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
    return Promise.resolve({ heapUsedBytes: 0, loopDelayMs: 0 })
  }

  heap(): Promise<HeapReading | null> {
    return Promise.resolve(null)
  }

  mesh(message: MeshToWorker): void {
    this.orders.push(`mesh ${message.type}`)
  }

  adopt(fd: number): void {
    this.orders.push(`adopt ${fd}`)
  }
}

export class PuppetLauncher implements Launcher {
  readonly workers: PuppetWorker[] = []
  #waiting: ((worker: PuppetWorker) => void)[] = []

  launch(id: WorkerId, listener: WorkerListener): WorkerHandle {
    const worker = new PuppetWorker(id, listener)
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
