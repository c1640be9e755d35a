import type { Clock } from '../model/clock.ts'
import { formatWorkerId, type WorkerId, type WorkerKey } from '../model/ids.ts'
import { CLOSE_INTERVAL_MS, judgeMemory, MEMORY_INTERVAL_MS, type MemoryJudgement, type MemoryReading } from './heap-limit.ts'

/** A worker with a memory limit, whatever it is at: on its way in, serving, at its one job, on its way out. */
export interface LimitedWorker {
  readonly id: WorkerId
  readonly limitBytes: number
  /** Null when there was no answer in time. */
  memory(deadlineMs: number): Promise<MemoryReading | null>
  /** What is left when all garbage has been collected. Rejects when there was no answer in time. */
  weigh(deadlineMs: number): Promise<MemoryReading>
  kill(): void
}

/** Who knows the workers that serve. */
export interface MemoryObserver {
  /** Only one that serves is recycled; any other has but its limit to keep. */
  isServing(worker: WorkerKey): boolean
  /** False for a worker that has done nothing since: its memory is what it was. */
  mayHaveGrown(worker: WorkerKey, sinceMs: number): boolean
  weighed(worker: WorkerKey, reading: MemoryReading): void
  judged(worker: WorkerKey, judgement: MemoryJudgement): void
}

const DEADLINE_MS = 1000

/** A worker at its limit that does not collect its garbage within this time is ended for what it has. */
const COLLECT_DEADLINE_MS = 2000

/** So often, at the most, is a worker made to collect its garbage. */
const COLLECT_INTERVAL_MS = 2000

/**
 * Holds one worker to its memory limit from its launch to its exit, and asks more often the nearer it comes to it: whatever a worker is at, reaching V8's
 * own limit may end the whole process. At the limit it is killed here; what else follows is up to the observer. An idle worker is left alone.
 * Nobody is judged for garbage, of which V8 keeps as much as its own limit allows: before anything is done to a worker it has to collect.
 */
export class MemoryWatch {
  readonly #worker: LimitedWorker
  readonly #key: WorkerKey
  readonly #clock: Clock
  readonly #observer: MemoryObserver
  #cancel: () => void
  #closed = false
  #weighedMs: number | null = null
  #collectedMs = Number.NEGATIVE_INFINITY

  constructor(worker: LimitedWorker, { clock, observer }: { readonly clock: Clock; readonly observer: MemoryObserver }) {
    this.#worker = worker
    this.#key = formatWorkerId(worker.id)
    this.#clock = clock
    this.#observer = observer
    this.#cancel = this.#schedule(0)
  }

  close(): void {
    this.#closed = true
    this.#cancel()
  }

  #schedule(delayMs: number): () => void {
    return this.#clock.schedule(delayMs, () => {
      // Never rejects: a worker that does not answer is looked at again.
      void this.#look().then((nextInMs) => {
        if (!this.#closed) this.#cancel = this.#schedule(nextInMs)
      })
    })
  }

  /** In how many milliseconds it is to be looked at again. */
  async #look(): Promise<number> {
    const nowMs = this.#clock.nowMs()
    if (this.#weighedMs !== null && !this.#observer.mayHaveGrown(this.#key, this.#weighedMs)) return MEMORY_INTERVAL_MS
    const reading = await this.#worker.memory(DEADLINE_MS)
    // It has no thread yet, or not any more, or has been in a native call all the time.
    if (!reading) return CLOSE_INTERVAL_MS
    this.#weighedMs = nowMs
    this.#note(reading)
    const judgement = judgeMemory(reading, this.#worker.limitBytes)
    if (judgement.order === 'none' || (judgement.order === 'recycle' && !this.#observer.isServing(this.#key)))
      return this.#judged(judgement)
    // It has collected so lately that what came since may well be garbage.
    const collectInMs = this.#collectedMs + COLLECT_INTERVAL_MS - nowMs
    if (collectInMs > 0) return collectInMs
    this.#collectedMs = nowMs
    const living = await this.#worker.weigh(COLLECT_DEADLINE_MS).catch(() => null)
    if (!living) return this.#judged(judgement)
    this.#note(living)
    return this.#judged(judgeMemory(living, this.#worker.limitBytes))
  }

  #note(reading: MemoryReading): void {
    if (!this.#closed) this.#observer.weighed(this.#key, reading)
  }

  #judged(judgement: MemoryJudgement): number {
    if (this.#closed) return 0
    this.#observer.judged(this.#key, judgement)
    if (judgement.order === 'terminate') this.#worker.kill()
    return judgement.nextInMs
  }
}
