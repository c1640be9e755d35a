import type { MessagePort } from 'node:worker_threads'
import type { ServiceId, WorkerKey } from './ids.ts'

/**
 * Who serves what, as every worker sees it. Immutable; a newer version replaces an older one as a whole.
 * `open`: requests wait for a target (bounded by `mesh.hold`). `closed`: stopped or quarantined, requests fail at once.
 * `unroutable`: a background service, calling it is an error.
 */
export interface RouteSnapshot {
  readonly version: number
  readonly services: Readonly<Record<ServiceId, ServiceRoute>>
}

export interface ServiceRoute {
  readonly state: 'open' | 'closed' | 'unroutable'
  readonly targets: readonly Target[]
}

/** A worker that requests may be sent to. */
export interface Target {
  readonly worker: WorkerKey
  /** The worker's shared row: its in-flight count, readable without a message. */
  readonly row: SharedArrayBuffer
}

export const EMPTY_SNAPSHOT: RouteSnapshot = { version: 0, services: {} }

/** One end of a channel between two threads, before anybody uses it. */
export interface ChannelLine {
  readonly port: MessagePort
  /** One Int32 per direction: how many frames the receiving end has taken. Survives the death of either thread. */
  readonly taken: SharedArrayBuffer
}

/** Runtime → worker. `gone` names a worker whose thread has ended: nothing more will come from it. */
export type MeshToWorker =
  | { readonly type: 'snapshot'; readonly snapshot: RouteSnapshot }
  | { readonly type: 'accept'; readonly from: WorkerKey; readonly line: ChannelLine }
  | { readonly type: 'gone'; readonly worker: WorkerKey }

/** Worker → runtime. `connect` hands over one end of a new channel, to be passed on to the target. */
export type MeshFromWorker =
  | { readonly type: 'ack'; readonly version: number }
  | { readonly type: 'connect'; readonly to: WorkerKey; readonly line: ChannelLine }
