import type { Clock } from '../model/clock.ts'
import type { WorkerId } from '../model/ids.ts'
import type { WorkerHandle } from './launcher.ts'

/** A thread that outlived its termination: it belongs to no slot any more. */
export interface AbandonedWorker {
  readonly id: WorkerId
  readonly threadId: number | null
  readonly atMs: number
}

/** How long a terminated worker may take to end before it is given up. */
const ABANDON_AFTER_MS = 2000

/** The workers of one service that are there, and those that would not end. */
export class WorkerRegister {
  readonly #clock: Clock
  readonly #workers = new Map<string, WorkerHandle>()
  /** Terminated, and not gone yet. */
  readonly #ending = new Map<string, { readonly abandon: () => void; readonly cancel: () => void }>()
  readonly #abandoned = new Map<string, AbandonedWorker>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get all(): readonly WorkerHandle[] {
    return [...this.#workers.values()]
  }

  get abandoned(): readonly AbandonedWorker[] {
    return [...this.#abandoned.values()]
  }

  find(id: Pick<WorkerId, 'slot' | 'generation'>): WorkerHandle | undefined {
    return this.#workers.get(key(id))
  }

  add(worker: WorkerHandle): void {
    this.#workers.set(key(worker.id), worker)
  }

  /** Ends it by force. One that does not even end then is given up, and `onAbandoned` is called. */
  terminate(id: WorkerId, onAbandoned: () => void): void {
    const worker = this.find(id)
    if (!worker) return
    worker.terminate()
    const abandon = (): void => {
      this.#abandoned.set(key(id), { id, threadId: worker.threadId, atMs: this.#clock.nowMs() })
      this.#remove(id)
      onAbandoned()
    }
    this.#ending.set(key(id), { abandon, cancel: this.#clock.schedule(ABANDON_AFTER_MS, abandon) })
  }

  /** Waits no longer for those that have been terminated. */
  giveUp(): void {
    for (const { abandon } of this.#ending.values()) abandon()
  }

  /** It has ended. True for one that had been given up: it ended after all. */
  ended(id: WorkerId): boolean {
    this.#remove(id)
    return this.#abandoned.delete(key(id))
  }

  #remove(id: WorkerId): void {
    this.#workers.delete(key(id))
    this.#ending.get(key(id))?.cancel()
    this.#ending.delete(key(id))
  }
}

function key({ slot, generation }: Pick<WorkerId, 'slot' | 'generation'>): string {
  return `${slot}#${generation}`
}
