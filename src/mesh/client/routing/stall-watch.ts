import { AsyncResource } from 'node:async_hooks'
import type { Clock } from '../../../model/clock.ts'
import type { Moment } from './routed-target.ts'

/** How often within the time after which a target counts as stuck its progress is looked at. */
const LOOKS = 4
const SHORTEST_MS = 10
const LONGEST_MS = 250

/**
 * Looks at what targets do with what they were sent, at intervals and only while something is under way: so a request costs
 * one comparison, however many targets there are.
 */
export class StallWatch {
  readonly #clock: Clock
  readonly #intervalMs: number
  // The timer belongs to the endpoint and not to the request that happened to need it.
  readonly #scope = new AsyncResource('MESHRT_STALL_WATCH', { requireManualDestroy: true })
  readonly #look: (moment: Moment) => boolean
  #cancel: (() => void) | null = null
  #dueMs = 0

  /** `look` is true while there is a reason to look again. */
  constructor(options: { readonly clock: Clock; readonly stuckAfterMs: number; readonly look: (moment: Moment) => boolean }) {
    this.#clock = options.clock
    this.#look = options.look
    this.#intervalMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, (options.stuckAfterMs || LONGEST_MS) / LOOKS))
  }

  /** Something was sent. */
  start(): void {
    if (this.#cancel === null) this.#scope.runInAsyncScope(() => this.#schedule())
  }

  close(): void {
    this.#cancel?.()
    this.#cancel = null
  }

  #schedule(): void {
    this.#dueMs = this.#clock.nowMs() + this.#intervalMs
    this.#cancel = this.#clock.schedule(this.#intervalMs, () => this.#tick())
  }

  #tick(): void {
    const nowMs = this.#clock.nowMs()
    this.#cancel = null
    if (this.#look({ nowMs, lateMs: Math.max(0, nowMs - this.#dueMs) })) this.start()
  }
}
