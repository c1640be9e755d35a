/** Something that is known by a number, which has to stay the same while it is in the table. */
interface Numbered {
  readonly id: number
}

const FIRST_CAPACITY = 64

/**
 * What is under way on a channel, by ids that only grow: a ring, indexed by the id's lowest bits. Not a `Map`: when V8 compacts one
 * that things come into and go from all the time, the discarded table refers to its successor, and once such a table has been
 * promoted to the old generation, everything that was in it and in those after it outlives every minor collection. That cost a
 * quarter of a busy caller's time.
 */
export class PendingTable<T extends Numbered> {
  #ring: (T | null)[] = emptyRing(FIRST_CAPACITY)
  /** Those that the ring has gone round since they came: the few that last much longer than the others. */
  readonly #elders = new Map<number, T>()
  #inRing = 0

  get size(): number {
    return this.#inRing + this.#elders.size
  }

  /** Ids must not repeat; they are to be consecutive, more or less. */
  add(item: T): void {
    if (this.#inRing > this.#ring.length / 2) this.#grow()
    this.#place(item)
  }

  get(id: number): T | undefined {
    const item = this.#ring[id & (this.#ring.length - 1)]
    if (item !== null && item !== undefined && item.id === id) return item
    return this.#elders.size === 0 ? undefined : this.#elders.get(id)
  }

  /** False when it is not there, or another one is in its place. */
  remove(item: T): boolean {
    const index = item.id & (this.#ring.length - 1)
    if (this.#ring[index] === item) {
      this.#ring[index] = null
      this.#inRing--
      return true
    }
    return this.#elders.get(item.id) === item && this.#elders.delete(item.id)
  }

  /** A copy, in the order of their ids; the table may be changed while one goes through it. */
  all(): readonly T[] {
    const items = this.#ring.filter((item) => item !== null)
    return [...this.#elders.values(), ...items].toSorted((a, b) => a.id - b.id)
  }

  clear(): void {
    this.#ring = emptyRing(FIRST_CAPACITY)
    this.#elders.clear()
    this.#inRing = 0
  }

  #grow(): void {
    const items = this.all()
    const capacity = 2 * this.#ring.length
    this.clear()
    this.#ring = emptyRing(capacity)
    for (const item of items) this.#place(item)
  }

  #place(item: T): void {
    const index = item.id & (this.#ring.length - 1)
    const before = this.#ring[index]
    if (before === null || before === undefined) this.#inRing++
    else this.#elders.set(before.id, before)
    this.#ring[index] = item
  }
}

function emptyRing<T>(capacity: number): (T | null)[] {
  return Array.from({ length: capacity }, () => null)
}
