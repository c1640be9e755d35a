import type { Cut } from '../model/cut.ts'
import type { StampedEvent } from '../model/events.ts'
import type { ServiceId, WorkerId } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import type { RuntimeView } from '../model/view.ts'

/**
 * What the control server may ask of the runtime. Nothing here waits on a worker without a deadline, and `view`, `recentEvents` and
 * `recentOutput` answer at once from main-thread state, so that a blocked worker never delays an answer.
 */
export interface ControlPort {
  view(): RuntimeView
  /**
   * Replaces the workers of the targets one after the other; resolves when all are replaced.
   * @throws MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER, MESHRT_BUSY, MESHRT_STOPPING, MESHRT_RESTART_FAILED
   */
  restart(targets: readonly RestartTarget[], progress: (stamped: StampedEvent) => void): Promise<RestartReport>
  /**
   * Gives services another number of workers, one service after the other; resolves when all have it.
   * @throws MESHRT_UNKNOWN_SERVICE, MESHRT_SCALE_REFUSED, MESHRT_BUSY, MESHRT_STOPPING, MESHRT_SCALE_FAILED
   */
  scale(targets: readonly ScaleTarget[], progress: (stamped: StampedEvent) => void): Promise<ScaleReport>
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

/** A service, or one slot of it. */
export interface RestartTarget {
  readonly service: ServiceId
  readonly slot: number | null
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
  readonly scaled: readonly { readonly service: ServiceId; readonly from: number; readonly to: number; readonly tookMs: number }[]
}

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
export function matchesTargets(targets: readonly RestartTarget[], worker: { readonly service: ServiceId; readonly slot: number }): boolean {
  if (targets.length === 0) return true
  return targets.some((target) => target.service === worker.service && (target.slot === null || target.slot === worker.slot))
}
