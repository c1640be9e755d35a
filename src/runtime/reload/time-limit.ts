import type { Clock } from '../../model/clock.ts'

/** How long something may take that nothing else bounds. */
export class TimeLimit {
  readonly #late = Promise.withResolvers<never>()
  readonly #cancel: () => void
  #hasPassed = false

  /** `onPassed` is called once, when the time is over. */
  constructor(clock: Clock, { limitMs, onPassed }: { readonly limitMs: number; readonly onPassed: () => void }) {
    // Perhaps nothing waits for it.
    this.#late.promise.catch(() => undefined)
    this.#cancel = clock.schedule(limitMs, () => {
      this.#hasPassed = true
      this.#late.reject(new Error(`it took longer than ${limitMs / 1000} s`))
      onPassed()
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
