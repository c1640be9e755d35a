import type { ServiceId } from '../model/ids.ts'
import type { ReplacementSpec } from '../model/spec.ts'
import type { Operations } from './operations.ts'

/**
 * The budget for workers that are replaced because they are unwell: on a machine that is too busy all of them look ill, and starting
 * many at once would only make it worse.
 */
export class Replacements {
  readonly #budget: () => ReplacementSpec
  readonly #operations: Operations
  readonly #running = new Map<ServiceId, Set<Promise<void>>>()

  /** `budget` is asked whenever a worker is to be replaced. */
  constructor(budget: () => ReplacementSpec, operations: Operations) {
    this.#budget = budget
    this.#operations = operations
  }

  /** Resolves when it is over, however. Null when there is no room for it now, or an operator is at work on the service. */
  start(service: ServiceId, replace: () => Promise<unknown>): Promise<void> | null {
    const own = this.#running.get(service) ?? new Set()
    if (own.size === 0 && this.#operations.isBusy(service)) return null
    const { perService, total } = this.#budget()
    if (own.size >= perService || this.#total >= total) return null
    const done = settled(replace()).finally(() => own.delete(done))
    own.add(done)
    if (own.size === 1) this.#occupy(service, own)
    return done
  }

  /** An operator's rollout has as many workers starting as a replacement has. */
  get #total(): number {
    const ofServices = [...this.#running.values()]
    const busy = ofServices.filter((own) => own.size > 0)
    return busy.reduce((sum, own) => sum + own.size, 0) + Math.max(0, this.#operations.count - busy.length)
  }

  /** No other operation on the service until the last one is over. */
  #occupy(service: ServiceId, own: Set<Promise<void>>): void {
    this.#running.set(service, own)
    void this.#operations.run(service, 'replacement', async () => {
      while (own.size > 0) await Promise.all(own)
      this.#running.delete(service)
    })
  }
}

/** Its outcome is told by events; a replacement that fails leaves the worker where it is. */
async function settled(replacement: Promise<unknown>): Promise<void> {
  await Promise.allSettled([replacement])
}
