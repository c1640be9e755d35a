import type { Transferable } from 'node:worker_threads'
import type { Clock } from '../model/clock.ts'
import type { Emit, RuntimeEvent } from '../model/events.ts'
import { formatWorkerId, serviceOfKey, type ServiceId, type WorkerId, type WorkerKey } from '../model/ids.ts'
import type { MeshSpec } from '../model/spec.ts'
import {
  EMPTY_SNAPSHOT,
  type CircuitChange,
  type MeshFromWorker,
  type MeshToWorker,
  type RouteSnapshot,
  type ServiceRoute,
  type Target,
} from '../model/routes.ts'
import { serviceOfTarget, withoutDenied, withoutService, withoutTarget, withStanding, withState, withTarget } from './route-table.ts'

/** The way to one worker's endpoint. */
export interface MeshPeer {
  send(message: MeshToWorker, transfer?: readonly Transferable[]): void
}

interface Member {
  readonly peer: MeshPeer
  acknowledged: number
  /** It has loaded its service. Until then its thread may have no time for anything else, and changes do not wait for it. */
  isUp: boolean
}

/** Somebody who waits until a version has reached everybody. */
interface Waiter {
  readonly version: number
  readonly missing: Set<WorkerKey>
  readonly done: () => void
}

/**
 * Who is in the mesh and who serves what, told to every worker as versioned snapshots. Carries no requests.
 * Never asks a worker for anything that it would have to wait for: a change is done when all have acknowledged it
 * or the deadline has passed, whichever is first.
 */
export class MeshCoordinator {
  readonly #clock: Clock
  readonly #emit: Emit
  readonly #ackDeadlineMs: number
  #deny: MeshSpec['deny']
  readonly #members = new Map<WorkerKey, Member>()
  readonly #waiters = new Set<Waiter>()
  #snapshot: RouteSnapshot = EMPTY_SNAPSHOT

  constructor(options: {
    readonly clock: Clock
    readonly emit: Emit
    readonly ackDeadlineMs: number
    /** Whom a service must not call. */
    readonly deny: MeshSpec['deny']
  }) {
    this.#clock = options.clock
    this.#emit = options.emit
    this.#ackDeadlineMs = options.ackDeadlineMs
    this.#deny = options.deny
  }

  get snapshot(): RouteSnapshot {
    return this.#snapshot
  }

  /** What workers of that service get to see. */
  snapshotFor(service: ServiceId): RouteSnapshot {
    return withoutDenied(this.#snapshot, this.#deniedTo(service))
  }

  /** From now on it hears every snapshot and can be called; the current one is sent at once. */
  join(worker: WorkerKey, peer: MeshPeer): void {
    this.#members.set(worker, { peer, acknowledged: 0, isUp: false })
    peer.send({ type: 'snapshot', snapshot: this.snapshotFor(serviceOfKey(worker)) })
  }

  /** It is to be waited for by what changes from now on. */
  up(worker: WorkerKey): void {
    const member = this.#members.get(worker)
    if (member !== undefined) member.isUp = true
  }

  /** Its thread has ended. Call it as soon as that is known: until then requests in flight to it hang on the channel's own news. */
  leave(worker: WorkerKey): void {
    this.#members.delete(worker)
    for (const waiter of this.#waiters) this.#strike(waiter, worker)
    const service = serviceOfTarget(this.#snapshot, worker)
    if (service !== undefined) this.#publish(withoutTarget(this.#snapshot, service, worker))
    for (const { peer } of this.#members.values()) peer.send({ type: 'gone', worker })
  }

  receive(from: WorkerKey, message: MeshFromWorker): void {
    switch (message.type) {
      case 'ack':
        this.#acknowledge(from, message.version)
        return
      case 'connect': {
        const target = this.#members.get(message.to)
        const isDenied = this.#deniedTo(serviceOfKey(from)).includes(serviceOfKey(message.to))
        const { line } = message
        const port = line.kind === 'port' ? [line.port] : []
        // Nobody will connect to a path that nobody hears of.
        if (target === undefined || isDenied) for (const one of port) one.close()
        else target.peer.send({ type: 'accept', from, line }, port)
        return
      }
      case 'circuit':
        this.#emit(circuitEvent(from, message.change))
        return
      case 'stuck':
      case 'forwards':
      case 'forwarded':
        // The routing has told whose business it is.
        return
    }
  }

  /** Callers pass it over while they have a better one. */
  suspect(worker: WorkerId): void {
    this.#publish(withStanding(this.#snapshot, { worker: formatWorkerId(worker), suspect: true }))
  }

  trust(worker: WorkerId): void {
    this.#publish(withStanding(this.#snapshot, { worker: formatWorkerId(worker), suspect: false }))
  }

  setService(service: ServiceId, state: ServiceRoute['state']): void {
    this.#publish(withState(this.#snapshot, service, state))
  }

  /** Nobody knows it any more: calling it is an error. */
  removeService(service: ServiceId): void {
    this.#publish(withoutService(this.#snapshot, service))
  }

  /** Other rules of who must not call whom, from now on. */
  setDeny(deny: MeshSpec['deny']): void {
    this.#deny = deny
    this.#publish({ ...this.#snapshot, version: this.#snapshot.version + 1 })
  }

  /** Done when every peer that is up has acknowledged, or the deadline has passed. Never rejects. */
  route(worker: WorkerId, { row, place }: Pick<Target, 'row' | 'place'>): Promise<void> {
    this.#publish(withTarget(this.#snapshot, worker.service, { worker: formatWorkerId(worker), row, place, suspect: false }))
    return this.#reached(this.#snapshot.version)
  }

  unroute(worker: WorkerId): Promise<void> {
    this.#publish(withoutTarget(this.#snapshot, worker.service, formatWorkerId(worker)))
    return this.#reached(this.#snapshot.version)
  }

  #publish(snapshot: RouteSnapshot): void {
    if (snapshot === this.#snapshot) return
    this.#snapshot = snapshot
    for (const [worker, { peer }] of this.#members) peer.send({ type: 'snapshot', snapshot: this.snapshotFor(serviceOfKey(worker)) })
    this.#emit({ type: 'route.published', version: snapshot.version })
  }

  #deniedTo(service: ServiceId): readonly ServiceId[] {
    return Object.hasOwn(this.#deny, service) ? (this.#deny[service] ?? []) : []
  }

  #reached(version: number): Promise<void> {
    const missing = new Set<WorkerKey>()
    for (const [worker, { isUp, acknowledged }] of this.#members) if (isUp && acknowledged < version) missing.add(worker)
    if (missing.size === 0) return Promise.resolve()
    return new Promise((resolve) => {
      const done = () => {
        cancelDeadline()
        this.#waiters.delete(waiter)
        resolve()
      }
      const waiter: Waiter = { version, missing, done }
      const cancelDeadline = this.#clock.schedule(this.#ackDeadlineMs, done)
      this.#waiters.add(waiter)
    })
  }

  #acknowledge(worker: WorkerKey, version: number): void {
    const member = this.#members.get(worker)
    if (member === undefined || member.acknowledged >= version) return
    member.acknowledged = version
    for (const waiter of this.#waiters) if (waiter.version <= version) this.#strike(waiter, worker)
  }

  #strike(waiter: Waiter, worker: WorkerKey): void {
    if (waiter.missing.delete(worker) && waiter.missing.size === 0) waiter.done()
  }
}

function circuitEvent(caller: WorkerKey, change: CircuitChange): RuntimeEvent {
  const { target } = change
  switch (change.to) {
    case 'opened':
      return { type: 'circuit.opened', caller, target, reason: change.reason, openMs: change.openMs }
    case 'half-opened':
    case 'closed':
      return { type: `circuit.${change.to}`, caller, target }
  }
}
