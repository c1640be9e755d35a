import type { HealthMonitor } from '../health/monitor.ts'
import type { Clock } from '../model/clock.ts'
import type { Emit } from '../model/events.ts'
import type { ServiceId } from '../model/ids.ts'
import { Autoscaler } from './autoscaler.ts'
import { probeMemory } from './memory-probe.ts'
import type { Operations } from './operations.ts'
import type { ScaleCommand } from './scale-command.ts'
import { scaledServices } from './scaled-services.ts'
import type { ServiceKeeper } from './service-keeper.ts'

interface AutoscalerParts {
  readonly keepers: ReadonlyMap<ServiceId, ServiceKeeper>
  readonly operations: Operations
  readonly monitor: HealthMonitor
  readonly scaling: ScaleCommand
  readonly clock: Clock
  readonly emit: Emit
}

/** To be called before there are workers: what the process takes by then is not theirs. */
export function createAutoscaler({ keepers, operations, monitor, scaling, clock, emit }: AutoscalerParts): Autoscaler {
  const baseBytes = process.memoryUsage.rss()
  return new Autoscaler({
    clock,
    emit,
    services: () =>
      scaledServices({ keepers: keepers.values(), operations, monitor, memory: { baseBytes, rssBytes: process.memoryUsage.rss() } }),
    scale: (service, order) => scaling.automatically(service, order),
    memory: () => probeMemory(),
  })
}
