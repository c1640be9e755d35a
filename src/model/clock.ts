/** Time as a value that is passed in; the real one lives in `runtime/`, a fake one in the tests. */
export interface Clock {
  /** Milliseconds of a monotonic clock: for durations and deadlines. */
  nowMs(): number
  /** Milliseconds since the epoch: for what people read. */
  epochMs(): number
  /** Runs `task` once after `delayMs`; the returned function cancels it and may be called at any time. */
  schedule(delayMs: number, task: () => void): () => void
}

/** What a timer of Node holds; almost 25 days. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1
