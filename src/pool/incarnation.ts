import type { Transferable } from 'node:worker_threads'
import type { RuntimeDialect } from '../itc/dialects.ts'
import type { Messenger } from '../itc/messenger.ts'
import type { IngressGrant } from '../itc/protocol.ts'
import type { Clock } from '../model/clock.ts'
import type { WorkerId } from '../model/ids.ts'
import type { MeshToWorker, RouteSnapshot } from '../model/routes.ts'
import type { MeshSpec, Mode, ServiceSpec } from '../model/spec.ts'
import type { StartStage } from '../model/start-stage.ts'
import type { WorkerRow } from '../model/worker-row.ts'
import type { IngressSource, MemoryReading, WorkerListener } from './launcher.ts'

/** The same for every worker of a service. */
export interface HostingOptions {
  readonly spec: ServiceSpec
  readonly mode: Mode
  readonly mesh: MeshSpec
  /** The routes of this moment, so that a worker knows them before its first request. */
  readonly routes: () => RouteSnapshot
  /** Where lines of the mesh to and from processes are, or would be; null where there are none. */
  readonly lineDir: string | null
  /** Other services are processes. */
  readonly hasProcesses: boolean
  /** Null for any service but the entrypoint. */
  readonly ingress: IngressSource | null
  readonly clock: Clock
}

export interface IncarnationOrder {
  readonly env: Record<string, string>
  /** Variables that are for the start alone: the service does not see them. */
  readonly ownVariables: readonly string[]
  readonly grant: IngressGrant | null
  /** Options of Node.js that have TypeScript compiled that it cannot strip. */
  readonly compiler: readonly string[]
  readonly row: WorkerRow
  readonly options: HostingOptions
  readonly listener: WorkerListener
}

/** What hosts a module in one life of a worker: a thread, or a process. Tells its listener everything, `exited` last. */
export interface Incarnation {
  readonly messenger: Messenger<RuntimeDialect>
  readonly pid: number | null
  readonly threadId: number | null
  /** What its start waits for; null when it has not said so yet. */
  readonly startStage: StartStage | null
  /** Busy share of the time since the last call, 0 to 1, without asking it. */
  utilisation(): number
  /** Never rejects; null when it has ended. Does not answer while the loop does not turn. */
  memory(): Promise<MemoryReading | null>
  /** As `memory`; null where it cannot be told. */
  cpuTime(): Promise<number | null>
  mesh(message: MeshToWorker, transfer?: readonly Transferable[]): void
  /** @throws whatever keeps the worker from accepting from this socket, and when it does not answer in time. */
  adopt(socket: { readonly slot: number; readonly fd: number }, deadline: { readonly deadlineMs: number }): Promise<void>
  /** By force. */
  terminate(): void
  /** Ends it without a word to the listener: another one takes its place in this worker. */
  discard(): Promise<void>
}

/** Where modules are hosted. */
export interface Habitat {
  readonly place: 'thread' | 'process'
  create(id: WorkerId, order: IncarnationOrder): Incarnation
}
