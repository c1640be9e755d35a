import type { CheckAnswer, DrainReport, DrainTerms, Pong, Weight } from '../../itc/protocol.ts'
import type { Clock } from '../../model/clock.ts'
import type { WorkerId } from '../../model/ids.ts'
import type { Place } from '../../model/routes.ts'
import type { ServiceSpec } from '../../model/spec.ts'
import { WorkerRow } from '../../model/worker-row.ts'
import type { Launcher, WorkerHandle, WorkerListener } from '../launcher.ts'
import { drainCallers } from './in-flight.ts'
import { Readiness } from './readiness.ts'

interface RemoteOptions {
  readonly spec: ServiceSpec
  readonly url: string
  readonly clock: Clock
}

/** Stands for a service that runs elsewhere: there is nothing to launch, but something to route to. */
export class RemoteLauncher implements Launcher {
  readonly #options: RemoteOptions

  constructor(options: RemoteOptions) {
    this.#options = options
  }

  launch(id: WorkerId, listener: WorkerListener): WorkerHandle {
    const worker = new RemoteWorker(id, { listener, ...this.#options })
    void worker.begin()
    return worker
  }
}

const NOTHING: Weight = { heapUsedBytes: 0, externalBytes: 0, heapLimitBytes: 0 }

class RemoteWorker implements WorkerHandle {
  readonly id: WorkerId
  readonly place: Place
  readonly pid = null
  readonly threadId = null
  readonly startStage = null
  readonly inspected = false
  readonly row = new WorkerRow()
  readonly #options: RemoteOptions & { readonly listener: WorkerListener }
  readonly #ended = new AbortController()

  constructor(id: WorkerId, options: RemoteOptions & { readonly listener: WorkerListener }) {
    this.id = id
    this.place = { url: options.url, keepsHost: false, isWorker: false }
    this.#options = options
  }

  async begin(): Promise<void> {
    const { spec, url, clock, listener } = this.#options
    const ready = await new Readiness(spec.ready, clock).wait({ url: new URL(url), cwd: spec.cwd, env: {} }, this.#ended.signal)
    if (ready) listener.loaded({ kind: 'server', address: null, warnings: [] })
  }

  accept(): Promise<void> {
    return Promise.resolve()
  }

  drain(terms: DrainTerms): Promise<DrainReport> {
    return drainCallers(this.row, terms, this.#options.clock)
  }

  stop(): Promise<void> {
    this.terminate()
    return Promise.resolve()
  }

  terminate(): void {
    if (this.#ended.signal.aborted) return
    this.#ended.abort()
    queueMicrotask(() => this.#options.listener.exited({ code: 0, error: null }))
  }

  utilisation(): null {
    return null
  }

  ping(): Promise<Pong> {
    return Promise.resolve({ ...NOTHING, inspected: false, loopDelayMs: 0 })
  }

  memory(): Promise<null> {
    return Promise.resolve(null)
  }

  weigh(): Promise<Weight> {
    return Promise.resolve(NOTHING)
  }

  cpuTime(): Promise<null> {
    return Promise.resolve(null)
  }

  check(): Promise<CheckAnswer> {
    return Promise.reject(new Error(`Cannot ask "${this.id.service}" how it is: it runs elsewhere`))
  }

  adopt(): Promise<void> {
    return Promise.reject(new Error('Cannot accept from a socket: the service runs elsewhere'))
  }

  mesh(): void {}
  release(): void {}
}
