/** Timers are never quite on time. */
const SLACK_MS = 100

/**
 * The time in which the main thread was there to listen: what it stood still does not count. Deadlines for workers run in it,
 * so that nobody is condemned for answers that lie unread in the main thread's own queue.
 */
export class OwnTime {
  #stoodStillMs = 0
  #dueMs: number | null = null
  #wasLate = false

  /** The moment as it counts. */
  at(nowMs: number): number {
    return nowMs - this.#stoodStillMs
  }

  /** The next look is planned for then. */
  plan(dueMs: number): void {
    this.#dueMs = dueMs
  }

  /**
   * True when this look comes so late that answers may lie unread: judge nobody before the next one. Not twice in a row, as
   * a main thread that is always late would never judge anybody.
   */
  arrive(nowMs: number): boolean {
    const lateMs = this.#dueMs === null ? 0 : nowMs - this.#dueMs
    const late = lateMs > SLACK_MS
    if (late) this.#stoodStillMs += lateMs
    const first = late && !this.#wasLate
    this.#wasLate = late
    return first
  }
}
