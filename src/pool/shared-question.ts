import type { Clock } from '../model/clock.ts'

/**
 * A question that stays open while the thread sits in a native call, whatever the deadline of those who asked. So only one is open at a time,
 * and its answer is for everybody who asks meanwhile.
 */
export class SharedQuestion<T> {
  readonly #ask: () => Promise<T | null>
  readonly #clock: Clock
  #open: Promise<T | null> | null = null

  constructor(ask: () => Promise<T | null>, clock: Clock) {
    this.#ask = ask
    this.#clock = clock
  }

  /** Null when there was no answer within the deadline. */
  ask(deadlineMs: number): Promise<T | null> {
    this.#open ??= this.#ask().finally(() => (this.#open = null))
    const { promise: expired, resolve } = Promise.withResolvers<null>()
    const cancel = this.#clock.schedule(deadlineMs, () => resolve(null))
    return Promise.race([this.#open, expired]).finally(cancel)
  }
}
