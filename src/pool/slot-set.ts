import type { ServiceId } from '../model/ids.ts'
import { emptySlot, type Slot } from '../supervision/slot.ts'

/** The slots of a pool, whose number can change: at rest they are 0 to n-1. */
export class SlotSet {
  readonly #service: ServiceId
  readonly #slots: Slot[] = []
  /** Slots of earlier, larger sizes as they were: one that comes back goes on counting its generations. */
  readonly #removed = new Map<number, Slot>()
  /** New slots whose first worker is not ready yet. */
  readonly #joining = new Set<number>()
  #size = 0

  constructor(service: ServiceId, size: number) {
    this.#service = service
    this.add(size)
    this.#joining.clear()
  }

  /** While the pool is made smaller, also those on their way out. */
  get all(): readonly Slot[] {
    return this.#slots
  }

  /** How many slots there are to be. */
  get size(): number {
    return this.#size
  }

  /** Those that the state of the service depends on: without new ones that are not ready yet, and without those on their way out. */
  get members(): readonly Slot[] {
    return this.#slots.filter(({ id }) => id.slot < this.#size && !this.#joining.has(id.slot))
  }

  set(slot: number, state: Slot): void {
    this.#slots[slot] = state
  }

  /** Adds empty slots up to `size`; they join until it is said that they have settled. */
  add(size: number): void {
    this.#size = size
    for (let slot = this.#slots.length; slot < size; slot++) {
      const fresh = emptySlot({ service: this.#service, slot })
      const { generation, lastExit } = this.#removed.get(slot) ?? fresh
      this.#slots.push({ ...fresh, generation, lastExit })
      this.#joining.add(slot)
    }
  }

  /** The slots from `first` on, and perhaps those before that an operator has stopped. */
  toStart(first: number, { stopped }: { readonly stopped: 'start' | 'leave' }): readonly number[] {
    const isWoken = ({ phase }: Slot): boolean => stopped === 'start' && phase.kind === 'stopped'
    return this.#slots.filter((slot) => slot.id.slot >= first || isWoken(slot)).map(({ id }) => id.slot)
  }

  isJoining(slot: number): boolean {
    return this.#joining.has(slot)
  }

  hasSettled(slot: number): void {
    this.#joining.delete(slot)
  }

  /** The slots that have to go, the newest first. They stay until they are stopped and trimmed. */
  lower(size: number): readonly Slot[] {
    this.#size = size
    return this.#slots.filter(({ id }) => id.slot >= size).toReversed()
  }

  /** Removes stopped slots at the end, as far as there are too many. */
  trim(): void {
    for (let last = this.#slots.at(-1); last && last.id.slot >= this.#size; last = this.#slots.at(-1)) {
      if (last.phase.kind !== 'stopped') return
      this.#slots.pop()
      this.#removed.set(last.id.slot, last)
    }
  }
}
