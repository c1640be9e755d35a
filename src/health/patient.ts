import type { WorkerId } from '../model/ids.ts'
import type { HealthSpec } from '../model/spec.ts'
import type { CheckResult } from '../model/verdict.ts'
import type { Vitals } from '../model/view.ts'
import type { RowReading } from '../model/worker-row.ts'
import type { MemoryReading } from './heap-limit.ts'

/** A worker as the monitor sees it. The assembler makes one of every ready worker. */
export interface Patient {
  readonly id: WorkerId
  /** May be another one at any time. */
  readonly spec: HealthSpec
  /** The soft limit, when the runtime file sets one. */
  readonly memoryLimitBytes: number | null
  /** Cores; 0 = no limit. */
  readonly cpuLimit: number
  /** After this long without taking a request, callers call it stuck. */
  readonly stuckAfterMs: number
  /** Monotonic milliseconds. */
  readonly readyAtMs: number
  /** The service's own check, when it has one. Never rejects; null when it says nothing about the worker. */
  readonly check: ((signal: AbortSignal) => Promise<CheckResult | null>) | null
  /** Busy share since the last call, without asking the worker; null when nobody knows. */
  utilisation(): number | null
  /** Rejects when there was no answer in time, or never can be. */
  ping(deadlineMs: number): Promise<PongReading>
  /** CPU time since its birth in milliseconds; null when there was no answer in time, or this Node.js cannot tell. */
  cpuTime(deadlineMs: number): Promise<number | null>
  readRow(before?: RowReading): RowReading
  /** Lets callers that choose by load prefer others. */
  setPressed(pressed: boolean): void
}

export interface PongReading extends MemoryReading {
  readonly loopDelayMs: number
  /** A debugger may be holding it. */
  readonly inspected: boolean
}

/** What the monitor has others do to a worker. */
export interface Treatment {
  leaveRotation(worker: WorkerId): void
  enterRotation(worker: WorkerId): void
  /** Resolves when it is over, however. Null when it cannot be done now (the budget is used up): to be asked again. */
  replace(worker: WorkerId, reason: 'unhealthy' | 'heap'): Promise<void> | null
  kill(worker: WorkerId, reason: 'blocked'): void
}

export const NO_VITALS: Vitals = {
  elu: null,
  heapUsedBytes: null,
  heapLimitBytes: null,
  externalBytes: null,
  cpu: null,
  loopDelayMs: null,
  p99Ms: null,
  requestsPerSecond: null,
}
