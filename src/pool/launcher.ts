import type { DrainReport, IngressGrant, Pong, StartReport } from '../itc/protocol.ts'
import type { Exit } from '../model/exit.ts'
import type { WorkerId } from '../model/ids.ts'
import type { RowReading } from '../model/worker-row.ts'

/** How a pool gets its workers. One contract for threads and, later, processes; the tests' puppet keeps it too. */
export interface Launcher {
  /** Returns at once; everything that happens to the worker arrives at the listener. */
  launch(order: LaunchOrder, listener: WorkerListener): WorkerHandle
}

export interface LaunchOrder {
  readonly id: WorkerId
  /** Asked for when the worker is about to be created; null for any service but the entrypoint. */
  readonly ingress: (() => Promise<IngressGrant>) | null
}

export interface WorkerListener {
  /** Loaded, listening; not yet routed. */
  loaded(report: StartReport): void
  /** Loading failed; the thread may still be there and is to be terminated. */
  loadFailed(error: unknown): void
  /** Always the last call, exactly once, unless the worker is abandoned. */
  exited(exit: RawExit): void
}

/** What is known of an ended thread; `supervision/exit-cause.ts` makes an `Exit` of it. */
export interface RawExit {
  readonly code: number
  /** The uncaught error that ended it, when there was one. */
  readonly error: unknown
}

export interface WorkerHandle {
  readonly id: WorkerId
  readonly threadId: number | null
  /** Messages to and from the worker's mesh endpoint. */
  drain(deadlineMs: number): Promise<DrainReport>
  /** Asks the service to end. Resolves when it has agreed, rejects when it did not answer in time. */
  stop(deadlineMs: number): Promise<void>
  /** Ends the thread by force; `exited` follows, or never if it sits in a native call. */
  terminate(): void
  /** Busy share of the time since the last call, 0 to 1. Synchronous: the worker is not asked. */
  utilisation(): number
  ping(deadlineMs: number): Promise<Pong>
  /** Bytes; null when the worker did not answer within the deadline. */
  heap(deadlineMs: number): Promise<{ readonly usedBytes: number; readonly limitBytes: number } | null>
  readRow(): RowReading
}

export type { Exit }
