import type { Clock } from '../../model/clock.ts'

/** How long something may take that nothing else bounds. */
export class TimeLimit {
  readonly #late = Promise.withResolvers<never>()
  readonly #cancel: () => void
  #hasPassed = false

  constructor(clock: Clock, limitMs: number) {
    // Perhaps nothing waits for it.
    this.#late.promise.catch(() => undefined)
    this.#cancel = clock.schedule(limitMs, () => {
      this.#hasPassed = true
      this.#late.reject(new Error(`it took longer than ${limitMs / 1000} s`))
    })
  }

  get hasPassed(): boolean {
    return this.#hasPassed
  }

  /** Rejects when the time is over. */
  get passed(): Promise<never> {
    return this.#late.promise
  }

  end(): void {
    this.#cancel()
  }
}
