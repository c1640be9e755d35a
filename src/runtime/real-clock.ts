import type { Clock } from '../model/clock.ts'

export const realClock: Clock = {
  // Whole milliseconds: nothing here is decided by less, and people read these numbers.
  nowMs: () => Math.round(performance.now()),
  epochMs: () => Date.now(),
  schedule: (delayMs, task) => {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
}
