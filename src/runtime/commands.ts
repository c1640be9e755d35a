import type { RestartReport } from '../control/port.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Treatment } from '../health/patient.ts'
import type { Clock } from '../model/clock.ts'
import type { ReplaceReason, StampedEvent } from '../model/events.ts'
import { formatTarget, type ServiceId, type Target, type WorkerId } from '../model/ids.ts'
import type { EventBus } from './event-bus.ts'
import type { Operations } from './operations.ts'
import type { LastLines } from './failure-cause.ts'
import { findTarget } from './find-target.ts'
import type { Replacements } from './replacements.ts'
import { rollOut } from './rollout.ts'
import type { ServiceKeeper } from './service-keeper.ts'
import { wake } from './wake.ts'

export interface CommandParts {
  readonly keepers: ReadonlyMap<ServiceId, ServiceKeeper>
  readonly operations: Operations
  readonly replacements: Replacements
  readonly bus: EventBus
  readonly clock: Clock
  readonly isStopping: () => boolean
  readonly lastLines: LastLines
}

/** The operator's orders, and the health monitor's, carried out on the services. */
export class Commands {
  readonly #parts: CommandParts

  constructor(parts: CommandParts) {
    this.#parts = parts
  }

  /** @throws MeshrtError MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER, MESHRT_NOT_STARTED, MESHRT_STOPPING, MESHRT_BUSY, MESHRT_RESTART_FAILED */
  async restart(target: Target, progress: (stamped: StampedEvent) => void): Promise<RestartReport> {
    const { clock, bus } = this.#parts
    if (this.#parts.isStopping()) throw new MeshrtError('MESHRT_STOPPING', 'Cannot restart: the runtime is stopping')
    const keeper = findTarget(this.#parts.keepers, { target, verb: 'restart' })
    return bus.follow({ command: 'restart', target: formatTarget(target), progress }, async () => {
      const startedMs = clock.nowMs()
      const replaced = await this.#restart(keeper, target.slot)
      return { replaced, tookMs: clock.nowMs() - startedMs }
    })
  }

  /** What `dev` does on a change. Never rejects: a failure is an event, and the old worker keeps serving. */
  async reload(service: ServiceId): Promise<void> {
    const { keepers, operations } = this.#parts
    const keeper = keepers.get(service)
    // What an operator has started may have read the old files: let it end, then load the new ones.
    await operations.whenIdle(service)
    // One that has not been launched yet, or is stopped, will load what is there when it starts.
    if (!keeper?.isLaunched || keeper.state === 'stopped' || this.#parts.isStopping()) return
    await operations.run(service, 'reload', () => this.#rollOut(keeper, { slot: null, reason: 'changed' })).catch(() => undefined)
  }

  /** What the health monitor may do to workers. */
  treatment(setRotation: (worker: WorkerId, rotation: 'in' | 'out') => void): Treatment {
    return {
      leaveRotation: (worker) => setRotation(worker, 'out'),
      enterRotation: (worker) => setRotation(worker, 'in'),
      kill: (worker, reason) => this.#parts.keepers.get(worker.service)?.pool.kill(worker.slot, worker.generation, reason),
      replace: (worker, reason) => this.#replaceSick(worker, reason),
    }
  }

  #replaceSick(worker: WorkerId, reason: 'unhealthy' | 'heap'): Promise<void> | null {
    const keeper = this.#parts.keepers.get(worker.service)
    if (!keeper || this.#parts.isStopping()) return null
    return this.#parts.replacements.start(worker.service, () => keeper.pool.replace(worker.slot, reason))
  }

  #restart(keeper: ServiceKeeper, slot: number | null): Promise<readonly WorkerId[]> {
    const name = slot === null ? 'restart' : `restart of worker ${slot}`
    return this.#parts.operations.run(keeper.id, name, () => {
      wake(keeper, 'restart')
      return this.#rollOut(keeper, { slot, reason: 'restart' })
    })
  }

  #rollOut(keeper: ServiceKeeper, what: { readonly slot: number | null; readonly reason: ReplaceReason }): Promise<readonly WorkerId[]> {
    const { clock, bus, lastLines, isStopping } = this.#parts
    return rollOut(keeper, { ...what, clock, emit: bus.emit, lastLines, isStopping })
  }
}
