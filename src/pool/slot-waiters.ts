import type { SlotOutcome } from '../supervision/slot.ts'

/** Who waits for what becomes of a slot. */
export class SlotWaiters {
  readonly #waiting = new Map<number, ((outcome: SlotOutcome) => void)[]>()

  add(slot: number): Promise<SlotOutcome> {
    return new Promise((resolve) => this.#waiting.set(slot, [...(this.#waiting.get(slot) ?? []), resolve]))
  }

  settle(slot: number, outcome: SlotOutcome): void {
    const waiting = this.#waiting.get(slot) ?? []
    this.#waiting.delete(slot)
    for (const resolve of waiting) resolve(outcome)
  }

  /** Only whoever has come last. */
  answerLast(slot: number, outcome: SlotOutcome): void {
    this.#waiting.get(slot)?.pop()?.(outcome)
  }
}
