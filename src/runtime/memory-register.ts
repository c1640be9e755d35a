import { MemoryWatch, type MemoryObserver } from '../health/memory-watch.ts'
import type { Clock } from '../model/clock.ts'
import { formatWorkerId, type ServiceId, type WorkerKey } from '../model/ids.ts'
import type { WorkerHandle } from '../pool/launcher.ts'
import type { ServiceKeeper } from './service-keeper.ts'

/** Has the memory of every worker with a limit watched, from its launch until it is gone or given up. */
export class MemoryRegister {
  readonly #options: { readonly clock: Clock; readonly observer: MemoryObserver }
  /** Null for a worker that was launched without a limit: one that a reload sets is meant for its successor. */
  readonly #watches = new Map<ServiceId, Map<WorkerKey, MemoryWatch | null>>()

  constructor(options: { readonly clock: Clock; readonly observer: MemoryObserver }) {
    this.#options = options
  }

  update({ id, pool, spec }: ServiceKeeper): void {
    const limitBytes = spec.limits.heapBytes
    const watches = this.#watches.get(id) ?? new Map<WorkerKey, MemoryWatch | null>()
    this.#watches.set(id, watches)
    const workers = new Map(pool.workers.map((worker) => [formatWorkerId(worker.id), worker]))
    for (const [key, watch] of watches) {
      if (workers.has(key)) continue
      watches.delete(key)
      watch?.close()
    }
    for (const [key, worker] of workers) {
      if (!watches.has(key)) watches.set(key, limitBytes === null ? null : this.#watch(worker, { pool, limitBytes }))
    }
  }

  #watch(worker: WorkerHandle, { pool, limitBytes }: { readonly pool: ServiceKeeper['pool']; readonly limitBytes: number }): MemoryWatch {
    const { id } = worker
    const limited = {
      id,
      limitBytes,
      memory: (deadlineMs: number) => worker.memory(deadlineMs),
      weigh: (deadlineMs: number) => worker.weigh(deadlineMs),
      kill: () => pool.kill(id.slot, id.generation, 'heap-limit'),
    }
    return new MemoryWatch(limited, this.#options)
  }
}
