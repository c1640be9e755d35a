import type { Pulse } from '../../itc/protocol.ts'

/** A process whose loop turns tells it every second. */
const LATE_MS = 2000

/** What is known of how busy a process's loop is, from what it tells. Pure: the time comes in as a value. */
export class Utilisation {
  #last: Pulse | null = null
  #lastMs: number
  #read: Pulse | null = null
  #share = 0

  /** @param nowMs of its launch. */
  constructor(nowMs: number) {
    this.#lastMs = nowMs
  }

  heard(pulse: Pulse, nowMs: number): void {
    this.#last = pulse
    this.#lastMs = nowMs
  }

  /** Busy share since the last call; 1 when nothing has been heard for too long: then it is as busy as one can be, or blocked. */
  share(nowMs: number): number {
    if (nowMs - this.#lastMs > LATE_MS) return 1
    const { activeMs, idleMs } = { activeMs: 0, idleMs: 0, ...this.#last }
    const active = activeMs - (this.#read?.activeMs ?? 0)
    const idle = idleMs - (this.#read?.idleMs ?? 0)
    // Nothing new since the last call.
    if (active + idle <= 0) return this.#share
    this.#read = this.#last
    this.#share = active / (active + idle)
    return this.#share
  }
}
