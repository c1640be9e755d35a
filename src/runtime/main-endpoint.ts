import type { MeshAnswer, MeshOrder } from '../control/port.ts'
import type { MeshCoordinator } from '../mesh/coordinator.ts'
import { createMeshEndpoint, type MeshEndpoint } from '../mesh/endpoint.ts'
import { ownSockets } from '../mesh/socket/line-sockets.ts'
import type { Clock } from '../model/clock.ts'
import type { WorkerKey } from '../model/ids.ts'
import type { MeshSpec } from '../model/spec.ts'
import { requestThroughMesh } from './mesh-request.ts'
import type { MeshRouting } from './mesh-routing.ts'

export interface MainEndpointParts {
  readonly coordinator: MeshCoordinator
  readonly routing: MeshRouting
  readonly lineDir: string
  readonly clock: Clock
}

/** The main thread takes part in the mesh as a caller, for smoke runs, `request` and health checks. */
export class MainEndpoint implements Pick<MeshEndpoint, 'request' | 'close'> {
  readonly #parts: MainEndpointParts
  /** Those that others have followed, with requests that are not over. */
  readonly #former = new Set<Member>()
  #generation = 0
  #current: Member

  constructor(mesh: MeshSpec, parts: MainEndpointParts) {
    this.#parts = parts
    this.#current = this.#join(mesh)
  }

  request(...args: Parameters<MeshEndpoint['request']>): ReturnType<MeshEndpoint['request']> {
    const member = this.#current
    const answer = member.endpoint.request(...args)
    member.open++
    const settled = (): void => this.#settled(member)
    answer.then(settled, settled)
    return answer
  }

  /** A request of somebody outside, whose answer streams: under way until that is over. */
  exchange(order: MeshOrder): Promise<MeshAnswer> {
    const member = this.#current
    const { endpoint, domain } = member
    member.open++
    return requestThroughMesh(order, { endpoint, domain, onOver: () => this.#settled(member) })
  }

  /** Calls by other rules from now on; what is under way goes on by those that it began with. */
  reconfigure(mesh: MeshSpec): void {
    const before = this.#current
    this.#current = this.#join(mesh)
    this.#former.add(before)
    this.#leaveIfDone(before)
  }

  close(): void {
    for (const { endpoint } of [this.#current, ...this.#former]) endpoint.close()
    this.#former.clear()
  }

  /** As a worker that is replaced: its successor is another member of the mesh. */
  #join(mesh: MeshSpec): Member {
    const { coordinator, routing, lineDir, clock } = this.#parts
    const self = `$runtime/0#${++this.#generation}` as WorkerKey
    const endpoint: MeshEndpoint = createMeshEndpoint({
      self,
      service: null,
      mesh,
      snapshot: coordinator.snapshot,
      row: null,
      link: { send: (message) => routing.receiveFrom(self, message) },
      surroundings: { place: 'thread', lineDir, sockets: ownSockets },
      clock,
    })
    coordinator.join(self, { send: (message) => endpoint.receive(message) })
    coordinator.up(self)
    return { self, endpoint, domain: mesh.domain, open: 0 }
  }

  #settled(member: Member): void {
    member.open--
    this.#leaveIfDone(member)
  }

  #leaveIfDone(member: Member): void {
    if (!this.#former.has(member) || member.open > 0) return
    this.#former.delete(member)
    this.#parts.coordinator.leave(member.self)
    member.endpoint.close()
  }
}

interface Member {
  readonly self: WorkerKey
  readonly endpoint: MeshEndpoint
  readonly domain: string
  /** Requests that have not been answered. */
  open: number
}
