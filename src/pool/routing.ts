import type { StartReport } from '../itc/protocol.ts'
import type { WorkerId } from '../model/ids.ts'
import type { MeshFromWorker } from '../model/routes.ts'
import type { WorkerHandle } from './launcher.ts'

/** What a pool asks of the mesh, without knowing it. The assembler connects the two. */
export interface Routing {
  /** The worker hears of routes from now on. */
  join(worker: WorkerHandle): void
  /** The worker has ended, or is given up: nothing more comes from it, nothing goes to it. */
  leave(worker: WorkerId): void
  /** Done when every caller knows, or their deadline has passed. Never rejects. */
  route(worker: WorkerHandle, kind: StartReport['kind']): Promise<void>
  unroute(worker: WorkerId): Promise<void>
  receive(from: WorkerId, message: MeshFromWorker): void
}
