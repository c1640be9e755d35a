import type { Readable } from 'node:stream'
import type { Cut } from '../model/cut.ts'
import type { ServiceDescription } from '../model/description.ts'
import type { StampedEvent } from '../model/events.ts'
import type { ServiceId, Target, WorkerId, WorkerKey } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import type { ReloadPlan } from '../model/reload.ts'
import type { RuntimeView } from '../model/view.ts'

/**
 * What the control server may ask of the runtime. Nothing here waits on a worker without a deadline, and `view`, `recentEvents` and
 * `recentOutput` answer at once from main-thread state, so that a blocked worker never delays an answer.
 */
export interface ControlPort {
  view(): RuntimeView
  /** All that is known about a service. @throws MESHRT_UNKNOWN_SERVICE */
  describe(service: ServiceId): ServiceDescription
  /** The resolved runtime file as a document, without its secrets. */
  config(): unknown
  /**
   * Replaces the workers of the target; resolves when all are replaced.
   * @throws MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER, MESHRT_BUSY, MESHRT_STOPPING, MESHRT_RESTART_FAILED; hard MESHRT_START_FAILED
   */
  restart(order: RestartOrder, progress: (stamped: StampedEvent) => void): Promise<RestartReport>
  /**
   * Gives a service another number of workers; resolves when it has them.
   * @throws MESHRT_UNKNOWN_SERVICE, MESHRT_SCALE_REFUSED, MESHRT_BUSY, MESHRT_STOPPING, MESHRT_SCALE_FAILED
   */
  scale(target: ScaleTarget, progress: (stamped: StampedEvent) => void): Promise<ScaleReport>
  /**
   * Reads the runtime file again, and carries out what is different: all of it, or nothing.
   * @throws MESHRT_CONFIG_INVALID and its kin, MESHRT_RELOAD_NEEDS_RESTART, MESHRT_RELOAD_FAILED, MESHRT_BUSY, MESHRT_STOPPING
   */
  reload(order: ReloadOrder, progress: (stamped: StampedEvent) => void): Promise<ReloadReport>
  /**
   * Starts what is stopped, failed, or was never started, unless it still waits for others; resolves when it serves.
   * @throws MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER, MESHRT_NOT_STARTED, MESHRT_BUSY, MESHRT_STOPPING, MESHRT_START_FAILED
   */
  start(target: Target, progress: (stamped: StampedEvent) => void): Promise<StartReport>
  /**
   * Drains and stops workers, for as long as nobody starts them again; resolves when they are gone.
   * @throws MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER, MESHRT_BUSY, MESHRT_STOPPING
   */
  stopTarget(target: Target, progress: (stamped: StampedEvent) => void): Promise<TargetStopReport>
  /** In Prometheus' text format. */
  metrics(): Promise<string>
  /** A request through the mesh. @throws MeshrtError of the mesh, when there is no answer */
  request(order: MeshOrder): Promise<MeshAnswer>
  /** Resolves when everything has stopped. A second call gets the report of the first. */
  stop(): Promise<StopReport>
  /** The returned function ends the subscription. */
  events(listener: (stamped: StampedEvent) => void): () => void
  /** Of the events that match the newest `limit`, the oldest first. */
  recentEvents(limit: number, matches: (stamped: StampedEvent) => boolean): readonly StampedEvent[]
  output(listener: (line: LogLine) => void): () => void
  /** In the same way. */
  recentOutput(limit: number, matches: (line: LogLine) => boolean): readonly LogLine[]
}

/** A request of somebody outside to a service. */
export interface MeshOrder {
  readonly service: ServiceId
  readonly method: string
  /** With its query. */
  readonly path: string
  /** Name, value, name, value; without those of the connection. */
  readonly headers: readonly string[]
  readonly body: Readable | null
  /** Aborted when whoever asked has gone. */
  readonly signal: AbortSignal
}

export interface MeshAnswer {
  readonly status: number
  readonly statusMessage: string
  readonly headers: readonly string[]
  readonly body: Readable
}

export interface RestartOrder {
  readonly target: Target
  /** All at once and without draining: what is under way is lost, and nobody serves until the new ones are there. */
  readonly hard: boolean
}

export interface RestartReport {
  /** The new workers, in the order in which they took over. */
  readonly replaced: readonly WorkerId[]
  readonly tookMs: number
}

export interface ScaleTarget {
  readonly service: ServiceId
  readonly workers: number
}

export interface ScaleReport {
  readonly service: ServiceId
  readonly from: number
  readonly to: number
  readonly tookMs: number
}

export interface ReloadOrder {
  /** Only says what would be done. */
  readonly dryRun: boolean
  /** When the steps have taken this long, they are undone. */
  readonly timeoutMs: number
}

export interface ReloadReport {
  readonly plan: ReloadPlan
  /** False when there was nothing to do, or nothing was to be done. */
  readonly applied: boolean
  /** Workers of what was taken away that did not end, even by force. */
  readonly abandoned: readonly WorkerKey[]
  readonly tookMs: number
}

export interface StartReport {
  /** The new workers; none where all served already. */
  readonly started: readonly WorkerId[]
  readonly tookMs: number
}

/** Of a service or a worker that was stopped by hand. */
export interface TargetStopReport extends Omit<StopReport, 'ok'> {
  /** Workers that have ended by themselves, as they were asked to: `auth/0#3`. */
  readonly stopped: readonly WorkerKey[]
  /** Services that run on, and depend on the service or have called it: their requests to it fail from now on. */
  readonly dependents: readonly ServiceId[]
  readonly tookMs: number
}

/** Of the whole runtime. */
export interface StopReport {
  /** False when the shutdown budget was not enough. */
  readonly ok: boolean
  /** Workers that had to be terminated: `auth/0#3`. */
  readonly killed: readonly string[]
  /** Workers that did not even end then. */
  readonly abandoned: readonly string[]
  /** Workers whose drain came to its deadline, with what was broken off then. */
  readonly cut: readonly ({ readonly worker: string } & Cut)[]
}

/** Whether a line or worker belongs to one of the targets; no targets means everything. */
export function matchesTargets(targets: readonly Target[], worker: { readonly service: ServiceId; readonly slot: number }): boolean {
  if (targets.length === 0) return true
  return targets.some((target) => target.service === worker.service && (target.slot === null || target.slot === worker.slot))
}
