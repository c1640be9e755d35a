import type { Transferable } from 'node:worker_threads'
import type { CheckAnswer, DrainReport, DrainTerms, IngressGrant, Pong, StartReport, StartTerms, Weight } from '../itc/protocol.ts'
import type { WorkerId } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import type { MeshFromWorker, MeshToWorker, Place } from '../model/routes.ts'
import type { StartStage } from '../model/start-stage.ts'
import type { WorkerRow } from '../model/worker-row.ts'

/** How a pool gets its workers. One contract for threads and, later, processes; the tests' puppet keeps it too. */
export interface Launcher {
  /** Returns at once; everything that happens to the worker arrives at the listener. */
  launch(id: WorkerId, listener: WorkerListener, terms: StartTerms): WorkerHandle
}

export interface WorkerListener {
  /** The worker can be spoken to: the mesh may count on its acknowledgements. */
  initialised(): void
  /** The service is loaded and, where it has a server, answers; not yet routed. */
  loaded(report: StartReport): void
  /** Loading failed; the worker may still be there and is to be terminated. */
  loadFailed(error: unknown): void
  /** Always the last call, exactly once, unless the worker outlives its termination. */
  exited(exit: RawExit): void
  output(line: LogLine): void
  /** So many writes of output were dropped, because the worker wrote faster than they could be taken. */
  outputDropped(writes: number): void
  mesh(message: MeshFromWorker): void
  /** Files that the service has loaded. */
  changed(files: readonly string[]): void
  warned(message: string): void
}

/** What is known of an ended worker; the slot machine makes an `Exit` of it. */
interface RawExit {
  readonly code: number
  /** That ended the process. */
  readonly signal?: string | null
  /** The uncaught error that ended it, or null. */
  readonly error: unknown
}

export interface WorkerHandle {
  readonly id: WorkerId
  /** How it is reached in the mesh. */
  readonly place: Place
  /** Of its process: the runtime's, or its own. Null before that exists. */
  readonly pid: number | null
  /** Null before the thread exists, and for processes. */
  readonly threadId: number | null
  readonly row: WorkerRow
  /** What its start waits for, or waited for last; null before it has begun. */
  readonly startStage: StartStage | null
  /** Has a worker that was launched to wait for it accept connections; rejects when it does not answer. */
  accept(): Promise<void>
  /** Resolves at the deadline at the latest; rejects when the worker ends or does not answer. */
  drain(terms: DrainTerms): Promise<DrainReport>
  /** Asks the service to end; rejects when the worker does not answer in time. */
  stop(deadlineMs: number): Promise<void>
  /** Ends the worker by force; `exited` follows, or never if it sits in a native call. */
  terminate(): void
  /** Busy share of the time since the last call, 0 to 1; null when nobody knows. Synchronous: the worker is not asked. */
  utilisation(): number | null
  /** A debugger was there when it last answered a ping, and may be holding it. */
  readonly inspected: boolean
  ping(deadlineMs: number): Promise<Pong>
  /** Null when the worker did not answer within the deadline. One question is open at a time: who asks meanwhile gets the same answer. */
  memory(deadlineMs: number): Promise<MemoryReading | null>
  /** What is left when all garbage has been collected; rejects when the worker does not answer in time. */
  weigh(deadlineMs: number): Promise<Weight>
  /** CPU time since its birth in milliseconds; null as for `memory`, and where Node.js cannot tell. */
  cpuTime(deadlineMs: number): Promise<number | null>
  /** Has the module's own `health` function say how it is. */
  check(deadlineMs: number): Promise<CheckAnswer>
  mesh(message: MeshToWorker, transfer?: readonly Transferable[]): void
  /**
   * Also accept from the socket of a sibling's slot that nobody serves; rejects when it does not, or does not answer. The descriptor goes
   * back to where it came from if the worker ends before it has taken it.
   */
  adopt(socket: { readonly slot: number; readonly fd: number }): Promise<void>
  /** No more from that slot's socket: it is served again. */
  release(slot: number): void
}

export interface MemoryReading {
  readonly heapUsedBytes: number
  readonly externalBytes: number
  readonly heapLimitBytes: number
}

type RequestIngress = (slot: number) => Promise<IngressGrant>

/** The sockets of the entrypoint, for those who create its workers. */
export interface IngressSource {
  /** Asked when a worker is about to be created. */
  readonly grant: RequestIngress
  /** Nobody has taken what was granted, and nobody will. */
  readonly takeBack: (grant: IngressGrant) => void
}
