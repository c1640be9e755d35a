import assert from 'node:assert/strict'
import type { Clock } from '../../src/model/clock.ts'

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly task: () => void
}

/** Time that moves only when a test says so. Timers run in the order in which they are due. */
export class FakeClock implements Clock {
  #nowMs: number
  #order = 0
  readonly #timers = new Set<Timer>()

  constructor(startMs = 1_000_000) {
    this.#nowMs = startMs
  }

  nowMs(): number {
    return this.#nowMs
  }

  epochMs(): number {
    return this.#nowMs
  }

  schedule(delayMs: number, task: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), order: ++this.#order, task }
    this.#timers.add(timer)
    return () => void this.#timers.delete(timer)
  }

  /** How many timers wait; for the assertion that a stop cancels them. */
  get pending(): number {
    return this.#timers.size
  }

  /**
   * Lets `ms` pass. Timers that become due run one by one at their own moment, those that they set included, and
   * promise reactions run in between, as they would in real time.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms
    await settled()
    for (let timer = this.#nextDue(endMs); timer; timer = this.#nextDue(endMs)) {
      this.#timers.delete(timer)
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs)
      timer.task()
      await settled()
    }
    this.#nowMs = endMs
  }

  /** Time passes in which no timer could run: what became due runs late, at the next `advance`. */
  stall(ms: number): void {
    this.#nowMs += ms
  }

  /** A timer that is left is a leak: whatever set it was closed and should have cancelled it. */
  assertNoTimers(): void {
    const left = [...this.#timers].map((timer) => `in ${timer.dueMs - this.#nowMs} ms`)
    assert.deepEqual(left, [], 'timers are left on the fake clock')
  }

  #nextDue(endMs: number): Timer | undefined {
    return [...this.#timers]
      .filter((timer) => timer.dueMs <= endMs)
      .sort((a, b) => a.dueMs - b.dueMs || a.order - b.order)
      .at(0)
  }
}

/** Resolves when every promise reaction that is ready now, and what follows from it, has run. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
