import Denque from 'denque'

/** The last entries of a stream, and whoever listens to what comes. */
export class History<T> {
  readonly #entries: Denque<T>
  readonly #listeners = new Set<(entry: T) => void>()

  constructor(capacity: number) {
    this.#entries = new Denque<T>([], { capacity })
  }

  push(entry: T): void {
    this.#entries.push(entry)
    for (const listener of this.#listeners) listener(entry)
  }

  /** Returns what ends it. */
  listen(listener: (entry: T) => void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Oldest first; the last `limit` that match. */
  recent(limit: number, matches: (entry: T) => boolean = () => true): readonly T[] {
    return this.#entries.toArray().filter(matches).slice(-limit)
  }
}
