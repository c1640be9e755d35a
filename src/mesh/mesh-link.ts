import type { Transferable } from 'node:worker_threads'
import type { MeshFromWorker } from '../model/routes.ts'

/** The way to the coordinator. */
export interface MeshLink {
  send(message: MeshFromWorker, transfer?: readonly Transferable[]): void
}
