/** Keeps the last `limit` entries of the past and lets go of them when the past is over; what comes after that passes through. */
export class PastTail<T> {
  readonly #limit: number
  readonly #print: (entry: T) => void
  #past: T[] | null = []

  constructor(limit: number, print: (entry: T) => void) {
    this.#limit = limit
    this.#print = print
  }

  add(entry: T): void {
    if (this.#past === null) return this.#print(entry)
    this.#past.push(entry)
    // Now and then, and not for each one: an array is slow to lose its first element.
    if (this.#past.length > this.#limit * 2) this.#past = this.#newest()
  }

  /** Idempotent. */
  pastIsOver(): void {
    for (const entry of this.#newest()) this.#print(entry)
    this.#past = null
  }

  #newest(): T[] {
    return this.#limit === 0 ? [] : (this.#past ?? []).slice(-this.#limit)
  }
}
