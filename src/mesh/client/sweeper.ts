import { AsyncResource } from 'node:async_hooks'
import type { Clock } from '../../model/clock.ts'

export interface Expiring {
  /** Infinity for never. */
  readonly deadlineMs: number
  expire(): void
}

/** The timer is what keeps a thread alive that only waits for answers, and must not do so for long when they have come. */
const LOOK_AGAIN_MS = 500

/**
 * Deadlines of many requests with one timer: it is set for the earliest deadline it has heard of and looks through all when
 * it fires. Requests that end in time cost nothing.
 */
export class Sweeper {
  readonly #clock: Clock
  readonly #all: Iterable<Expiring>
  // The timer belongs to the endpoint: in the context of one request it would keep alive what belongs to that.
  readonly #scope = new AsyncResource('MESHRT_SWEEPER', { requireManualDestroy: true })
  #dueMs = Number.POSITIVE_INFINITY
  #cancel: (() => void) | null = null

  constructor(clock: Clock, all: Iterable<Expiring>) {
    this.#clock = clock
    this.#all = all
  }

  expect(deadlineMs: number): void {
    if (deadlineMs >= this.#dueMs) return
    this.#cancel?.()
    this.#dueMs = deadlineMs
    const delayMs = Math.min(LOOK_AGAIN_MS, Math.max(0, deadlineMs - this.#clock.nowMs()))
    this.#cancel = this.#scope.runInAsyncScope(() => this.#clock.schedule(delayMs, () => this.#sweep()))
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#dueMs = Number.POSITIVE_INFINITY
  }

  #sweep(): void {
    this.close()
    const nowMs = this.#clock.nowMs()
    const due: Expiring[] = []
    let nextMs = Number.POSITIVE_INFINITY
    for (const one of this.#all) {
      if (one.deadlineMs <= nowMs) due.push(one)
      else if (one.deadlineMs < nextMs) nextMs = one.deadlineMs
    }
    // Before the callbacks, which may throw.
    if (nextMs !== Number.POSITIVE_INFINITY) this.expect(nextMs)
    for (const one of due) one.expire()
  }
}
