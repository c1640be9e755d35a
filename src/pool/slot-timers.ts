import type { Clock } from '../model/clock.ts'

/** The one timer of each slot. */
export class SlotTimers {
  readonly #clock: Clock
  readonly #onTimer: (slot: number, token: number) => void
  readonly #pending = new Map<number, () => void>()

  constructor(clock: Clock, onTimer: (slot: number, token: number) => void) {
    this.#clock = clock
    this.#onTimer = onTimer
  }

  /** In place of what was pending. */
  set(slot: number, { delayMs, token }: { readonly delayMs: number; readonly token: number }): void {
    this.#pending.get(slot)?.()
    this.#pending.set(
      slot,
      this.#clock.schedule(delayMs, () => this.#onTimer(slot, token)),
    )
  }

  cancel(slot: number): void {
    this.#pending.get(slot)?.()
    this.#pending.delete(slot)
  }
}
