import { presentWorker, isServing } from '../../supervision/serving.ts'
import type { Slot } from '../../supervision/slot.ts'

/** What there was in the slots of a service before it was changed. */
export class SlotsBefore {
  readonly #slots: ReadonlyMap<number, { readonly generation: number; readonly wasWell: boolean }>

  constructor(slots: readonly Slot[]) {
    this.#slots = new Map(slots.map((slot) => [slot.id.slot, { generation: slot.generation, wasWell: isWell(slot) }]))
  }

  get ids(): readonly number[] {
    return [...this.#slots.keys()]
  }

  /** Whether the worker was launched since, so that it is one of the other spec. */
  isLater({ id, generation }: { readonly id: { readonly slot: number }; readonly generation: number }): boolean {
    return generation > (this.#slots.get(id.slot)?.generation ?? 0)
  }

  /** Whether the slot has a worker of the other spec now, or is not as well as it was. */
  isOther(slot: Slot): boolean {
    const worker = presentWorker(slot)
    if (worker !== null) return this.isLater({ id: slot.id, generation: worker.generation })
    return this.#slots.get(slot.id.slot)?.wasWell === true && !isWell(slot)
  }
}

function isWell(slot: Slot): boolean {
  return slot.phase.kind === 'completed' || isServing(slot)
}
