import Denque from 'denque'

export interface HistoryLimits<T> {
  readonly entries: number
  /** What the entries together may weigh at the most; without it only their number counts. */
  readonly weight?: { readonly max: number; readonly of: (entry: T) => number }
}

/** The last entries of a stream, and whoever listens to what comes. */
export class History<T> {
  readonly #entries = new Denque<T>()
  readonly #limits: HistoryLimits<T>
  readonly #listeners = new Set<(entry: T) => void>()
  #weight = 0

  constructor(limits: HistoryLimits<T>) {
    this.#limits = limits
  }

  push(entry: T): void {
    this.#entries.push(entry)
    this.#weight += this.#weigh(entry)
    while (this.#isFull()) this.#weight -= this.#weigh(this.#entries.shift())
    for (const listener of this.#listeners) listener(entry)
  }

  /** Returns what ends it. */
  listen(listener: (entry: T) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Oldest first; the last `limit` that match. */
  recent(limit: number, matches: (entry: T) => boolean = () => true): readonly T[] {
    const found: T[] = []
    for (let at = this.#entries.length - 1; at >= 0 && found.length < limit; at -= 1) {
      const entry = this.#entries.peekAt(at)
      if (entry !== undefined && matches(entry)) found.push(entry)
    }
    return found.toReversed()
  }

  #isFull(): boolean {
    const { entries, weight } = this.#limits
    return this.#entries.length > entries || (weight !== undefined && this.#weight > weight.max && this.#entries.length > 1)
  }

  #weigh(entry: T | undefined): number {
    return entry === undefined ? 0 : (this.#limits.weight?.of(entry) ?? 0)
  }
}
