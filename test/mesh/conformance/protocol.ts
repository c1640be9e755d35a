import type { MeshCoordinator } from '../../../src/mesh/coordinator.ts'
import type { WorkerKey } from '../../../src/model/ids.ts'
import type { MeshFromWorker, MeshToWorker } from '../../../src/model/routes.ts'
import type { Cell } from './cells.ts'
import type { Seen } from './seen.ts'

/** What the test, the thread with the servers and those with the clients tell each other. */

export type Transport = 'tcp' | 'mesh'

/** What became of a cell over one transport. */
export interface Outcome {
  readonly seen: readonly Seen[]
  /** The server's journal of it. */
  readonly server: readonly string[]
  /** What was not as the scenario demands; null when all was. */
  readonly problem: string | null
}

export interface ServerThreadData {
  readonly snapshot: MeshCoordinator['snapshot']
  /** Of each kind, by name. */
  readonly rows: Readonly<Record<string, SharedArrayBuffer>>
}

export type ToServers =
  | { readonly kind: 'mesh'; readonly to: WorkerKey; readonly message: MeshToWorker }
  | { readonly kind: 'journal'; readonly id: number; readonly about: string; readonly until: string | null }

export type FromServers =
  | { readonly kind: 'mesh'; readonly from: WorkerKey; readonly message: MeshFromWorker }
  | { readonly kind: 'ready'; readonly ports: Readonly<Record<string, number>> }
  | { readonly kind: 'journal'; readonly id: number; readonly lines: readonly string[] }

export interface CallerThreadData {
  readonly transport: Transport
  readonly self: WorkerKey
  readonly snapshot: MeshCoordinator['snapshot']
  /** Host and port of each kind of server, by name, over this transport. */
  readonly hosts: Readonly<Record<string, string>>
  readonly cells: readonly Cell[]
}

export type ToCaller =
  | { readonly kind: 'mesh'; readonly message: MeshToWorker }
  | { readonly kind: 'start' }
  | { readonly kind: 'journal'; readonly id: number; readonly lines: readonly string[] }

export type FromCaller =
  | { readonly kind: 'mesh'; readonly message: MeshFromWorker }
  | { readonly kind: 'journal'; readonly id: number; readonly about: string; readonly until: string | null }
  | { readonly kind: 'outcome'; readonly cell: number; readonly outcome: Outcome }
  | { readonly kind: 'done' }

export function workerOf(service: string): WorkerKey {
  return `${service}/0#1` as WorkerKey
}
