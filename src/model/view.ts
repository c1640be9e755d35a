import type { Exit } from './exit.ts'
import type { ServiceId, WorkerKey } from './ids.ts'
import type { Dependency, Mode, ServiceType } from './spec.ts'
import type { MeshCounts } from './worker-row.ts'
import type { CheckResult, VerdictKind } from './verdict.ts'

/** The document behind `meshrt ps --json`. Built from main-thread state alone. */
export interface RuntimeView {
  readonly schema: 'meshrt.ps/v1'
  readonly runtime: {
    readonly pid: number
    readonly guardianPid: number | null
    readonly name: string
    readonly file: string
    readonly mode: Mode
    /** Milliseconds since the epoch. */
    readonly startedAt: number
    readonly state: RuntimeState
    readonly url: string | null
  }
  readonly services: readonly ServiceView[]
  /** Threads that outlived their termination: they belong to no slot and get no requests. Their service may be gone. */
  readonly abandoned: readonly AbandonedView[]
}

export type RuntimeState = 'starting' | 'running' | 'stopping' | 'stopped'

export interface ServiceView {
  readonly id: ServiceId
  readonly state: ServiceState
  readonly type: ServiceType
  /** What a service in `waiting` waits for. */
  readonly waitingFor: readonly Dependency[]
  /** Workers that serve, or have completed. */
  readonly ready: number
  readonly desired: number
  /** Workers per verdict, for the HEALTH column. */
  readonly health: Readonly<Partial<Record<VerdictKind, number>>>
  readonly restarts: number
  readonly lastRestartAt: number | null
  /** When its state last became what it is. */
  readonly since: number
  readonly url: string | null
  /** Averages and sums over its workers; null = not measured. */
  readonly elu: number | null
  readonly heapUsedBytes: number | null
  readonly heapLimitBytes: number | null
  readonly p99Ms: number | null
  readonly requestsPerSecond: number | null
  readonly workers: readonly WorkerView[]
}

export interface AbandonedView {
  /** `auth/2#7`. */
  readonly id: WorkerKey
  readonly threadId: number | null
  /** Since when it has been given up. */
  readonly since: number
}

export type ServiceState = 'pending' | 'waiting' | 'starting' | 'running' | 'degraded' | 'backoff' | 'failed' | 'stopped' | 'completed'

export type WorkerState = 'empty' | 'starting' | 'ready' | 'replacing' | 'backoff' | 'draining' | 'stopped' | 'completed' | 'quarantined'

/** The latest measures of a worker; null = not measured yet. */
export interface Vitals {
  readonly elu: number | null
  readonly heapUsedBytes: number | null
  readonly heapLimitBytes: number | null
  /** Outside the heap: Buffers. */
  readonly externalBytes: number | null
  /** Cores that it uses; measured for services with `limits.cpu` only. */
  readonly cpu: number | null
  readonly loopDelayMs: number | null
  readonly p99Ms: number | null
  readonly requestsPerSecond: number | null
}

/** One slot and the worker in it. */
export interface WorkerView extends Vitals {
  /** `auth/2`. */
  readonly id: string
  readonly slot: number
  readonly generation: number | null
  readonly state: WorkerState
  readonly verdict: VerdictKind | null
  /** Why the verdict is what it is: `elu 0.99 > 0.98`. */
  readonly reason: string
  readonly badChecks: number
  /** What the service's own check said last; null when it has none. */
  readonly check: CheckResult | null
  readonly pid: number | null
  readonly threadId: number | null
  readonly inFlight: number
  /** How often the mesh had to do something about trouble, since this generation was launched. */
  readonly mesh: MeshCounts
  readonly restarts: number
  readonly lastExit: { readonly at: number; readonly exit: Exit } | null
  /** When this generation was launched. */
  readonly since: number | null
  /** When the pending restart is due, in `backoff`. */
  readonly retryAt: number | null
}
