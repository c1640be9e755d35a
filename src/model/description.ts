import type { QuarantineReason } from './events.ts'
import type { Exit } from './exit.ts'
import type { ServiceId, WorkerKey } from './ids.ts'
import type { Dependency, RestartSpec } from './spec.ts'
import type { Verdict } from './verdict.ts'
import type { ServiceState, ServiceView } from './view.ts'

/** The document behind `meshrt describe --json`: why a service is in the state it is in. Built from main-thread state alone. */
export interface ServiceDescription {
  readonly schema: 'meshrt.describe/v1'
  /** When it was made; milliseconds since the epoch, like all moments in it. */
  readonly at: number
  /** One sentence for people. */
  readonly why: string
  readonly service: ServiceView
  readonly dependsOn: readonly (Dependency & { readonly state: ServiceState })[]
  /** Services that run, and depend on it or have called it. */
  readonly dependents: readonly ServiceId[]
  /** What its slots are held to. */
  readonly restart: Pick<RestartSpec, 'policy' | 'maxAttempts' | 'windowMs' | 'maxPerHour' | 'startAttempts'>
  /** One for each of the service's `workers`. */
  readonly slots: readonly SlotDescription[]
  /** The last ones that nobody had asked for, the newest first. */
  readonly exits: readonly ExitRecord[]
}

export interface SlotDescription {
  /** `auth/2`. */
  readonly id: string
  readonly crashesInWindow: number
  readonly crashesInHour: number
  /** In a row, since the last worker that became ready. */
  readonly failedStarts: number
  /** With measure, limit and value. */
  readonly verdict: Verdict | null
  /** What has not happened yet, while its worker starts: `its module has not loaded`. */
  readonly startStage: string | null
  readonly quarantine: { readonly reason: QuarantineReason; readonly probeAt: number | null } | null
}

export interface ExitRecord {
  readonly at: number
  readonly worker: WorkerKey
  readonly exit: Exit
  readonly uptimeMs: number
  /** What the worker had written last, the oldest line first. */
  readonly lastLines: readonly string[]
}
