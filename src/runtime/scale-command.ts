import type { ScaleReport, ScaleTarget } from '../control/port.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import type { StampedEvent } from '../model/events.ts'
import type { ServiceId } from '../model/ids.ts'
import { scaleRefusal, type ScaleLimits } from '../supervision/scale-refusal.ts'
import type { CommandParts } from './commands.ts'
import { scaleService, type Scaled } from './scale.ts'
import type { ServiceKeeper } from './service-keeper.ts'
import { wake } from './wake.ts'

export interface ScaleParts extends Pick<CommandParts, 'keepers' | 'operations' | 'bus' | 'clock' | 'isStopping' | 'lastLines'> {
  readonly limitsOf: (keeper: ServiceKeeper) => ScaleLimits
}

interface ScaleOrder {
  readonly workers: number
  readonly reason: string
}

interface GivenOrder extends ScaleOrder {
  readonly by: 'hand' | 'load'
}

/** The number of workers, changed by hand or by the autoscaler. */
export class ScaleCommand {
  readonly #parts: ScaleParts

  constructor(parts: ScaleParts) {
    this.#parts = parts
  }

  /** @throws MeshrtError MESHRT_UNKNOWN_SERVICE, MESHRT_SCALE_REFUSED, MESHRT_STOPPING, MESHRT_BUSY, MESHRT_SCALE_FAILED */
  async byHand(target: ScaleTarget, progress: (stamped: StampedEvent) => void): Promise<ScaleReport> {
    const { clock, bus, isStopping } = this.#parts
    if (isStopping()) throw new MeshrtError('MESHRT_STOPPING', 'Cannot scale: the runtime is stopping')
    const keeper = this.#find(target)
    const { service, workers } = target
    return bus.follow({ command: 'scale', target: `${service}=${workers}`, progress }, async () => {
      const startedMs = clock.nowMs()
      const { from, to } = await this.#run(keeper, { workers, reason: 'by hand', by: 'hand' })
      return { service, from, to, tookMs: clock.nowMs() - startedMs }
    })
  }

  /** Because of the load. @throws MeshrtError MESHRT_BUSY, MESHRT_STOPPING, MESHRT_SCALE_FAILED */
  async automatically(service: ServiceId, order: ScaleOrder): Promise<void> {
    const keeper = this.#parts.keepers.get(service)
    if (this.#parts.isStopping()) throw new MeshrtError('MESHRT_STOPPING', 'Cannot scale: the runtime is stopping')
    if (keeper) await this.#run(keeper, { ...order, by: 'load' })
  }

  /** Only an operator brings back what an operator has stopped. */
  #run(keeper: ServiceKeeper, { workers, reason, by }: GivenOrder): Promise<Scaled> {
    const { operations, bus, lastLines } = this.#parts
    return operations.run(keeper.id, `scaling to ${workers}`, () => {
      if (by === 'hand') wake(keeper, 'scale')
      return scaleService(keeper, { workers, reason, emit: bus.emit, lastLines, stopped: by === 'hand' ? 'start' : 'leave' })
    })
  }

  #find({ service, workers }: ScaleTarget): ServiceKeeper {
    const keeper = this.#parts.keepers.get(service)
    if (!keeper) throw new MeshrtError('MESHRT_UNKNOWN_SERVICE', `Cannot scale "${service}": there is no such service`)
    const refusal = scaleRefusal(keeper.spec, workers, this.#parts.limitsOf(keeper)) ?? notRunning(keeper)
    if (refusal !== null) throw new MeshrtError('MESHRT_SCALE_REFUSED', `Cannot scale "${service}" to ${workers}: ${refusal}`)
    return keeper
  }
}

/** What waits for others is not started by a change of its size. */
function notRunning({ state }: ServiceKeeper): string | null {
  const rests = state === 'pending' || state === 'waiting' || state === 'completed'
  return rests ? `it is ${state}` : null
}
