/**
 * How many mesh requests a worker handles at a time, over all callers. What is over the limit is refused at once instead of queued: the
 * caller knows best what to do then, and a queue here would let slow requests keep quick ones waiting.
 */
export class Admission {
  readonly #max: number
  #inside = 0

  /** 0 = no limit. */
  constructor(maxInFlight: number) {
    this.#max = maxInFlight === 0 ? Number.POSITIVE_INFINITY : maxInFlight
  }

  /** False when there is no room; else `leave` has to follow. */
  enter(): boolean {
    if (this.#inside >= this.#max) return false
    this.#inside++
    return true
  }

  leave(): void {
    this.#inside--
  }
}
