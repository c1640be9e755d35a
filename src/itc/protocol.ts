import type { MessagePort } from 'node:worker_threads'
import type { Cut } from '../model/cut.ts'
import type { ErrorInfo } from '../model/failure.ts'
import type { WorkerId } from '../model/ids.ts'
import type { MeshFromWorker, MeshToWorker, RouteSnapshot } from '../model/routes.ts'
import type { CheckSpec, ListenMode, MeshSpec, Mode, ServiceType } from '../model/spec.ts'
import type { StartStage } from '../model/start-stage.ts'

/** The only meeting point of main-thread code and worker code. Everything here is structured-clonable. */

/** What a worker is told at its birth. */
export interface WorkerBoot {
  readonly id: WorkerId
  readonly mode: Mode
  readonly service: {
    readonly path: string
    readonly entry: string
    readonly config: unknown
    readonly type: ServiceType
    readonly listen: ListenMode
    readonly check: CheckSpec
    /** Loaded before the entry: absolute paths of files, and names of packages. */
    readonly preload: readonly string[]
  }
  readonly mesh: MeshSpec
  readonly routes: RouteSnapshot
  /** Where the sockets of lines to and from processes are; null when no service has processes. */
  readonly lineDir: string | null
  /** Set for a worker of the entrypoint. */
  readonly ingress: IngressGrant | null
  /** Report the files that the service loads (`changed`), for the watcher. */
  readonly reportFiles: boolean
  /** Variables of its environment that nothing of the service is to see. */
  readonly ownVariables: readonly string[]
}

/** The first message to a thread. */
export interface ThreadBoot extends WorkerBoot {
  /** `WorkerRow`. */
  readonly row: SharedArrayBuffer
}

/** The `workerData` of a thread. */
export interface ThreadPorts {
  readonly itc: MessagePort
  /** Takes `OutputChunk`s. */
  readonly output: MessagePort
}

/** Where a worker of the entrypoint listens: a descriptor that is its own from now on, or (where none can be handed over) an address. */
export type IngressGrant =
  | { readonly kind: 'descriptor'; readonly fd: number }
  | { readonly kind: 'address'; readonly hostname: string; readonly port: number }

/** A piece of a worker's output as it was written; not yet lines. */
export interface OutputChunk {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: Uint8Array
}

/** Runtime → worker, each answered within a deadline. */
export interface CallsToWorker {
  /** Loads the service; answers when its server answers. Of a oneshot: runs it, and its thread ends without an answer. */
  start: { params: StartTerms; result: StartReport }
  /** Begins to accept connections, when the start has left that for later; answers when it does. */
  accept: { params: null; result: null }
  /**
   * Also accepts from this descriptor, which is the worker's from then on: the socket of a sibling's slot that nobody serves. Answers when
   * it does. To a process (`fd` is null) the socket comes with the call.
   */
  adopt: { params: { readonly slot: number; readonly fd: number | null }; result: null }
  /** Finishes what is under way, on TCP and in the mesh; answers when idle or at the deadline. */
  drain: { params: DrainTerms; result: DrainReport }
  /** Ends the service by its own hooks, then the thread. Answers before the thread ends. */
  stop: { params: null; result: null }
  /** Answers as soon as the loop turns. */
  getHealth: { params: null; result: Pong }
  /** Collects all garbage first, which may take a while; answers with what is left. */
  weigh: { params: null; result: Weight }
  /** Calls the module's own `health` function. */
  check: { params: null; result: CheckAnswer }
}

export interface StartTerms {
  /** When a worker of the entrypoint accepts connections. */
  readonly accept: 'at-once' | 'when-routed'
}

export interface StartReport {
  /** `background` has no server and cannot be called. */
  readonly kind: 'server' | 'background'
  /** Where the entrypoint listens; null for every other service. */
  readonly address: { readonly hostname: string; readonly port: number } | null
  readonly warnings: readonly string[]
}

export interface DrainTerms {
  readonly deadlineMs: number
  /** How long a connection without a request may stay; null = as long as the server itself would keep it. */
  readonly idleMs: number | null
}

export interface DrainReport {
  readonly cut: Cut
}

export interface CheckAnswer {
  readonly ok: boolean
  /** Why not. */
  readonly detail: string
}

/** What a worker has of memory. */
export interface Weight {
  readonly heapUsedBytes: number
  /** Outside the heap: Buffers. */
  readonly externalBytes: number
  readonly heapLimitBytes: number
}

export interface Pong extends Weight {
  /** The worker has an inspector open. */
  readonly inspected: boolean
  /** How late a zero-delay timer fired. */
  readonly loopDelayMs: number
}

export interface NoticesToWorker {
  mesh: MeshToWorker
  /** The sibling's slot is served again: leave its socket to it. */
  release: { readonly slot: number }
  /** To a process: the socket of a line comes with it, or nothing when there is none to be had. */
  line: { readonly path: string }
}

/** Worker → runtime. */
export interface NoticesToRuntime {
  /** The thread is up and listens for calls. */
  init: null
  /** What the start waits for from now on. */
  starting: { readonly stage: StartStage }
  mesh: MeshFromWorker
  /** Absolute paths of files that the service loaded. */
  changed: { readonly files: readonly string[] }
  warning: { readonly message: string }
  /** Of a process, whose loop and memory cannot be seen from outside: as long as these come, its loop turns. */
  pulse: Pulse
  /** Of a process: what it is about to die of. */
  failed: { readonly error: ErrorInfo }
}

export interface Pulse {
  /** Since its birth, as `performance.eventLoopUtilization()` has it. */
  readonly activeMs: number
  readonly idleMs: number
  /** The cells of its `WorkerRow`. */
  readonly cells: readonly number[]
}
