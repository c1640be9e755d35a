import type { Clock } from '../model/clock.ts'

/** A worker's own real clock; its timers hold the thread's loop open while something is waited for. */
export const workerClock: Clock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
}
