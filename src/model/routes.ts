import type { MessagePort } from 'node:worker_threads'
import type { ServiceId, WorkerKey } from './ids.ts'

/**
 * Who serves what, as every worker sees it. Immutable; a newer version replaces an older one as a whole.
 * `open`: requests wait for a target (bounded by `mesh.hold`). `closed`: stopped or quarantined, requests fail at once.
 * `unroutable`: a background service, calling it is an error. `denied`: `mesh.deny` forbids this worker to call it; no targets.
 */
export interface RouteSnapshot {
  readonly version: number
  readonly services: Readonly<Record<ServiceId, ServiceRoute>>
}

export interface ServiceRoute {
  readonly state: 'open' | 'closed' | 'unroutable' | 'denied'
  readonly targets: readonly Target[]
}

/** A worker that requests may be sent to. */
export interface Target {
  readonly worker: WorkerKey
  /** The worker's shared row: its in-flight count, readable without a message. Null where no memory is shared with it. */
  readonly row: SharedArrayBuffer | null
  /** How it is reached. */
  readonly place: Place
  /** The runtime doubts it: used when no better one is left. */
  readonly suspect: boolean
}

/** A thread of the runtime's process, a process that speaks the mesh, or a server that speaks HTTP and nothing else. */
export type Place = 'thread' | 'process' | HttpPlace

export interface HttpPlace {
  readonly url: string
  /** The name that it was called by goes on to it; else it hears its own. */
  readonly keepsHost: boolean
  /** When it cannot be reached it is gone for good: a new worker of the service is another target. */
  readonly isWorker: boolean
}

export const EMPTY_SNAPSHOT: RouteSnapshot = { version: 0, services: {} }

/** One end of a channel, before anybody uses it. */
export type ChannelLine = PortLine | SocketLine

/** Between two threads. */
export interface PortLine {
  readonly kind: 'port'
  readonly port: MessagePort
  /** How far the frames of each direction have come (see `mesh/ledger.ts`). Survives the death of either thread. */
  readonly ledger: SharedArrayBuffer
}

/** To or from a process: the caller listens at the path, the target connects to it. The ledger is a file beside it (see `mesh/socket/file-ledger.ts`). */
export interface SocketLine {
  readonly kind: 'socket'
  readonly path: string
}

/** Runtime → worker. `gone` names a worker whose thread has ended: nothing more will come from it. */
export type MeshToWorker =
  | { readonly type: 'snapshot'; readonly snapshot: RouteSnapshot }
  | { readonly type: 'accept'; readonly from: WorkerKey; readonly line: ChannelLine }
  | { readonly type: 'gone'; readonly worker: WorkerKey }

/**
 * Worker → runtime. `connect` hands over one end of a new channel, to be passed on to the target. `circuit` tells what has become of a
 * circuit of this worker's. `stuck`: a target takes nothing of what this worker has sent it, or does again. `forwards`: the requests for a target that
 * only speaks HTTP leave the mesh in the caller. `forwarded`: what a caller that shares no memory has counted of those by now; that of the
 * first one under way comes at once, so that it is there before any later news.
 */
export type MeshFromWorker =
  | { readonly type: 'ack'; readonly version: number }
  | { readonly type: 'connect'; readonly to: WorkerKey; readonly line: ChannelLine }
  | { readonly type: 'circuit'; readonly change: CircuitChange }
  | { readonly type: 'stuck'; readonly target: WorkerKey; readonly stuck: boolean }
  | { readonly type: 'forwards'; readonly to: WorkerKey }
  | { readonly type: 'forwarded'; readonly to: WorkerKey; readonly cells: readonly number[] }

/** `target`: a worker, or a service when every worker of it fails. `reason` is the code of the last failure. */
export type CircuitChange =
  | { readonly to: 'opened'; readonly target: WorkerKey | ServiceId; readonly reason: string; readonly openMs: number }
  | { readonly to: 'half-opened' | 'closed'; readonly target: WorkerKey | ServiceId }
