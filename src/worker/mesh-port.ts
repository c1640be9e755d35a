import type { Server } from 'node:http'
import type { Transferable } from 'node:worker_threads'
import type { Clock } from '../model/clock.ts'
import type { Cut } from '../model/cut.ts'
import type { ServiceId, WorkerKey } from '../model/ids.ts'
import type { MeshFromWorker, MeshToWorker, RouteSnapshot } from '../model/routes.ts'
import type { MeshSpec } from '../model/spec.ts'
import type { WorkerRow } from '../model/worker-row.ts'

/** What a worker needs of its mesh endpoint; `mesh/endpoint.ts` is the real one, tests bring their own. */
export interface MeshPort {
  receive(message: MeshToWorker): void
  /** Hands mesh requests to this server from now on; it need not listen. */
  serve(server: Server): void
  /** Makes the clients of this thread reach mesh hosts. */
  installClients(): void
  drain(options: { readonly deadlineMs: number }): Promise<{ readonly cut: Cut }>
  close(): void
}

interface MeshPortOptions {
  readonly self: WorkerKey
  readonly service: ServiceId
  readonly mesh: MeshSpec
  readonly snapshot: RouteSnapshot
  readonly row: WorkerRow
  readonly link: { send(message: MeshFromWorker, transfer?: readonly Transferable[]): void }
  readonly clock: Clock
}

export type CreateMeshPort = (options: MeshPortOptions) => MeshPort
