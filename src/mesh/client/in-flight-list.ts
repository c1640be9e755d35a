/** A member knows its place, so that it can leave without being looked for. */
export interface Placed {
  place: number
}

/** Everything that is under way, in no order. An array whose last member fills the gap: see `PendingTable` for why it is no `Set`. */
export class InFlightList<T extends Placed> implements Iterable<T> {
  readonly #items: T[] = []

  get size(): number {
    return this.#items.length
  }

  add(item: T): void {
    item.place = this.#items.push(item) - 1
  }

  remove(item: T): void {
    if (this.#items[item.place] !== item) return
    const last = this.#items.pop()
    if (last === undefined || last === item) return
    this.#items[item.place] = last
    last.place = item.place
  }

  /** Of a copy: members may leave meanwhile. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#items].values()
  }
}
