import type { WorkerId } from '../model/ids.ts'
import type { HealthSpec } from '../model/spec.ts'
import type { Vitals } from '../model/view.ts'
import type { RowReading } from '../model/worker-row.ts'

/** A worker as the monitor sees it. The assembler makes one of every ready worker. */
export interface Patient {
  readonly id: WorkerId
  readonly spec: HealthSpec
  /** The soft limit, when the runtime file sets one. */
  readonly heapLimitBytes: number | null
  /** Monotonic milliseconds. */
  readonly readyAtMs: number
  /** Busy share since the last call, without asking the worker. */
  utilisation(): number
  /** Rejects when there was no answer in time. */
  ping(deadlineMs: number): Promise<{ readonly loopDelayMs: number }>
  /** Null when there was no answer in time. */
  heap(deadlineMs: number): Promise<{ readonly usedBytes: number; readonly limitBytes: number } | null>
  readRow(): RowReading
}

/** What the monitor has others do to a worker. */
export interface Treatment {
  leaveRotation(worker: WorkerId): void
  enterRotation(worker: WorkerId): void
  /** False when it cannot be done now (the budget for replacements is used up): to be asked again. */
  replace(worker: WorkerId, reason: 'unhealthy' | 'heap'): boolean
  kill(worker: WorkerId, reason: 'blocked' | 'heap-limit'): void
}

export const NO_VITALS: Vitals = {
  elu: null,
  heapUsedBytes: null,
  heapLimitBytes: null,
  loopDelayMs: null,
  p99Ms: null,
  requestsPerSecond: null,
}
