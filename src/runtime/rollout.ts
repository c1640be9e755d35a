import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Clock } from '../model/clock.ts'
import type { Emit, ReplaceReason } from '../model/events.ts'
import type { ErrorInfo } from '../model/failure.ts'
import { formatSlotId, type WorkerId } from '../model/ids.ts'
import { nextReplacements, type RolloutStep } from '../supervision/rollout-plan.ts'
import type { SlotOutcome } from '../supervision/slot.ts'
import { failureOf, type LastLines } from './failure-cause.ts'
import type { ServiceKeeper } from './service-keeper.ts'

export interface RolloutOptions {
  /** Null = every slot. */
  readonly slot: number | null
  readonly reason: ReplaceReason
  readonly clock: Clock
  readonly emit: Emit
  readonly lastLines: LastLines
  /** Whether the whole runtime is: a stop supersedes whatever has not begun. */
  readonly isStopping: () => boolean
}

/**
 * Replaces the workers of a service, as many at a time as its `rollout` allows, each old one kept until its successor serves (unless
 * workers may be missing). Begins nothing more after the first that fails: the old worker of that slot, and those not yet reached,
 * keep serving.
 * @throws MeshrtError MESHRT_RESTART_FAILED with the successor's error and last lines as its cause.
 */
export async function rollOut(keeper: ServiceKeeper, options: RolloutOptions): Promise<readonly WorkerId[]> {
  return new Rollout(keeper, options).run()
}

const STOPPING: ErrorInfo = { name: 'Error', message: 'it is being stopped' }

interface Finished {
  readonly slot: number
  readonly outcome: SlotOutcome
}

class Rollout {
  readonly #keeper: ServiceKeeper
  readonly #options: RolloutOptions
  readonly #workers: number
  readonly #running = new Map<number, { readonly step: RolloutStep; readonly done: Promise<Finished> }>()
  readonly #replaced: WorkerId[] = []
  #todo: readonly number[]
  #failed: { readonly slot: number; readonly error: ErrorInfo } | null = null

  constructor(keeper: ServiceKeeper, options: RolloutOptions) {
    this.#keeper = keeper
    this.#options = options
    const chosen = keeper.pool.slots.filter(({ id }) => options.slot === null || options.slot === id.slot)
    // A changed file does not bring back what an operator has stopped.
    const concerned = chosen.filter(({ phase }) => options.reason !== 'changed' || phase.kind !== 'stopped')
    this.#todo = concerned.map(({ id }) => id.slot)
    this.#workers = this.#todo.length
  }

  async run(): Promise<readonly WorkerId[]> {
    const { clock, emit, reason } = this.#options
    const service = this.#keeper.id
    const startedMs = clock.nowMs()
    emit({ type: 'rollout.started', service, reason, workers: this.#workers })
    while (this.#todo.length > 0 || this.#running.size > 0) {
      this.#begin()
      if (this.#running.size > 0) this.#take(await Promise.race([...this.#running.values()].map(({ done }) => done)))
      else if (this.#todo[0] !== undefined && !(await this.#room()))
        this.#fail(this.#todo[0], { name: 'Error', message: 'too many of its siblings are down' })
    }
    if (this.#failed) throw this.#failure(this.#failed)
    emit({ type: 'rollout.finished', service, replaced: this.#replaced.length, tookMs: clock.nowMs() - startedMs })
    return this.#replaced
  }

  #begin(): void {
    const { pool, spec } = this.#keeper
    const [next] = this.#todo
    if (next !== undefined && this.#options.isStopping()) return this.#fail(next, STOPPING)
    const running = [...this.#running.values()].map(({ step }) => step)
    for (const step of nextReplacements(pool.slots, { todo: this.#todo, running }, spec.rollout)) {
      const { slot, order } = step
      this.#todo = this.#todo.filter((one) => one !== slot)
      const done = pool.replace(slot, this.#options.reason, order).then((outcome) => ({ slot, outcome }))
      this.#running.set(slot, { step, done })
    }
  }

  #take({ slot, outcome }: Finished): void {
    this.#running.delete(slot)
    if (outcome.kind === 'failed') return this.#fail(slot, outcome.error)
    if (outcome.kind === 'stopped') return this.#fail(slot, STOPPING)
    const worker = this.#worker(slot)
    this.#replaced.push(worker)
    this.#options.emit({ type: 'rollout.progressed', worker, done: this.#replaced.length, workers: this.#workers })
  }

  /** What is under way may still end well; nothing new begins. */
  #fail(slot: number, error: ErrorInfo): void {
    this.#todo = []
    this.#failed ??= { slot, error }
  }

  /** Waits until so many workers serve again that one may go missing, or until nothing is to begin any more. False = they do not come back in time. */
  async #room(): Promise<boolean> {
    const { pool, spec } = this.#keeper
    const late = Promise.withResolvers<false>()
    const cancel = this.#options.clock.schedule(spec.startTimeoutMs, () => late.resolve(false))
    try {
      while (!this.#options.isStopping() && nextReplacements(pool.slots, { todo: this.#todo, running: [] }, spec.rollout).length === 0) {
        if (!(await Promise.race([late.promise, pool.changed().then(() => true)]))) return false
      }
      return true
    } finally {
      cancel()
    }
  }

  #failure({ slot, error }: { readonly slot: number; readonly error: ErrorInfo }): MeshrtError {
    const { emit, lastLines } = this.#options
    const service = this.#keeper.id
    emit({ type: 'rollout.failed', service, replaced: this.#replaced.length, error })
    const cause = failureOf(this.#worker(slot), { error, lastLines })
    return new MeshrtError('MESHRT_RESTART_FAILED', `Cannot replace the worker in ${formatSlotId({ service, slot })}: ${error.message}`, {
      cause,
    })
  }

  /** The last one that was launched in the slot. */
  #worker(slot: number): WorkerId {
    return { service: this.#keeper.id, slot, generation: this.#keeper.pool.slots[slot]?.generation ?? 0 }
  }
}
