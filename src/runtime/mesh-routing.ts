import type { CallerReport } from '../health/evidence.ts'
import type { MeshCoordinator } from '../mesh/coordinator.ts'
import { formatWorkerId, serviceOfKey, type ServiceId, type WorkerId, type WorkerKey } from '../model/ids.ts'
import type { MeshFromWorker } from '../model/routes.ts'
import type { MeshSpec, ServiceSpec } from '../model/spec.ts'
import type { ServiceState } from '../model/view.ts'
import type { WorkerRow } from '../model/worker-row.ts'
import type { WorkerHandle } from '../pool/launcher.ts'
import type { Routing } from '../pool/routing.ts'
import type { CallEdge } from '../supervision/stop-order.ts'
import type { StartReport } from '../itc/protocol.ts'

/** Connects the pools to the mesh, and remembers who has called whom. */
export class MeshRouting implements Routing {
  readonly #coordinator: MeshCoordinator
  readonly #calls = new Map<string, CallEdge>()
  /** Workers that have been routed and not unrouted for good, whether the health monitor has them in rotation or not. */
  readonly #routed = new Map<WorkerKey, WorkerHandle>()

  /** What is counted for each worker that is or was routed, and what of that those have counted who share no memory with it. */
  readonly #rows = new Map<WorkerKey, { readonly row: WorkerRow; readonly parts: Map<WorkerKey, readonly number[]> }>()

  #tell: (report: CallerReport) => void = () => undefined

  constructor(coordinator: MeshCoordinator) {
    this.#coordinator = coordinator
  }

  /** Calls between services that the mesh has seen. */
  get observed(): readonly CallEdge[] {
    return [...this.#calls.values()]
  }

  /** From now on it is known whether the service can be called. */
  introduce({ id, type }: ServiceSpec): void {
    this.#coordinator.setService(id, type === 'background' || type === 'oneshot' ? 'unroutable' : 'open')
  }

  /** Callers wait for a service that will be back, and fail at once for one that will not. */
  follow(service: ServiceId, state: ServiceState): void {
    if (this.#coordinator.snapshot.services[service]?.state === 'unroutable') return
    const closed = state === 'stopped' || state === 'failed' || state === 'completed'
    this.#coordinator.setService(service, closed ? 'closed' : 'open')
  }

  /** There is no such service any more. */
  forget(service: ServiceId): void {
    this.#coordinator.removeService(service)
  }

  setDeny(deny: MeshSpec['deny']): void {
    this.#coordinator.setDeny(deny)
  }

  join(worker: WorkerHandle): void {
    this.#coordinator.join(formatWorkerId(worker.id), { send: (message, transfer) => worker.mesh(message, transfer) })
  }

  /** Hears what callers tell of their targets. */
  onReport(listener: (report: CallerReport) => void): void {
    this.#tell = listener
  }

  leave(worker: WorkerId): void {
    this.#tell({ kind: 'gone', caller: formatWorkerId(worker) })
    this.#routed.delete(formatWorkerId(worker))
    this.#forgetCounts(formatWorkerId(worker))
    this.#coordinator.leave(formatWorkerId(worker))
  }

  async route(worker: WorkerHandle, kind: StartReport['kind']): Promise<void> {
    this.#coordinator.up(formatWorkerId(worker.id))
    if (kind === 'background') {
      this.#coordinator.setService(worker.id.service, 'unroutable')
      return
    }
    this.#routed.set(formatWorkerId(worker.id), worker)
    // It was in the background before it was loaded anew.
    if (this.#coordinator.snapshot.services[worker.id.service]?.state === 'unroutable')
      this.#coordinator.setService(worker.id.service, 'open')
    this.#rows.set(formatWorkerId(worker.id), { row: worker.row, parts: new Map() })
    await this.#coordinator.route(worker.id, { row: worker.row.shared, place: worker.place })
  }

  async unroute(worker: WorkerId): Promise<void> {
    this.#routed.delete(formatWorkerId(worker))
    await this.#coordinator.unroute(worker)
  }

  receive(from: WorkerId, message: MeshFromWorker): void {
    if (message.type === 'connect' || message.type === 'forwards') this.#observe(from.service, message.to)
    if (message.type === 'forwarded') this.#count(formatWorkerId(from), message)
    this.receiveFrom(formatWorkerId(from), message)
  }

  /** From any member of the mesh, the main thread included. */
  receiveFrom(caller: WorkerKey, message: MeshFromWorker): void {
    const report = reportOf(caller, message)
    if (report) this.#tell(report)
    this.#coordinator.receive(caller, message)
  }

  /** Takes a worker out of rotation as far as there are others, or puts it back; a worker on its way out stays out. */
  setRotation(worker: WorkerId, rotation: 'in' | 'out'): void {
    if (!this.#routed.has(formatWorkerId(worker))) return
    // Not waited for: callers that do not hear of it in time find out by themselves.
    if (rotation === 'in') this.#coordinator.trust(worker)
    else this.#coordinator.suspect(worker)
  }

  #count(caller: WorkerKey, { to, cells }: Extract<MeshFromWorker, { type: 'forwarded' }>): void {
    const target = this.#rows.get(to)
    if (!target) return
    target.row.addFrom(target.parts.get(caller) ?? [], cells)
    target.parts.set(caller, cells)
  }

  #forgetCounts(worker: WorkerKey): void {
    this.#rows.delete(worker)
    for (const { row, parts } of this.#rows.values()) {
      const part = parts.get(worker)
      if (part) row.forgetInFlightOf(part)
      parts.delete(worker)
    }
  }

  #observe(caller: ServiceId, target: WorkerKey): void {
    const callee = serviceOfKey(target)
    if (caller !== callee) this.#calls.set(`${caller} ${callee}`, { caller, callee })
  }
}

/** Overload is no doubt about a worker's life, so a circuit that opened for it tells nothing. */
function reportOf(caller: WorkerKey, message: MeshFromWorker): CallerReport | null {
  if (message.type === 'stuck') return { kind: message.stuck ? 'stuck' : 'unstuck', caller, target: message.target }
  if (message.type !== 'circuit' || message.change.to !== 'opened' || message.change.reason === 'MESHRT_MESH_OVERLOADED') return null
  // That of a service has no slot in its name; nobody is a patient by it.
  return { kind: 'circuit-opened', caller, target: message.change.target as WorkerKey }
}
