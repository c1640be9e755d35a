import type { StopReport } from '../control/port.ts'
import type { Clock } from '../model/clock.ts'
import type { StampedEvent, StopReason } from '../model/events.ts'
import { formatWorkerId, type ServiceId, type WorkerId } from '../model/ids.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import { stopOrder, type CallEdge } from '../supervision/stop-order.ts'
import type { EventBus } from './event-bus.ts'
import type { ServiceKeeper } from './service-keeper.ts'
import { stopServices } from './stop-sequence.ts'

export interface ShutdownOptions {
  readonly spec: RuntimeSpec
  readonly keepers: ReadonlyMap<ServiceId, ServiceKeeper>
  readonly bus: EventBus
  readonly clock: Clock
  /** Calls that the mesh has seen. */
  readonly observed: readonly CallEdge[]
  readonly reason: StopReason
  readonly beforeServices: () => Promise<void>
}

/** The whole shutdown, within the runtime's budget; the report names every worker that had to be ended by force. */
export async function shutDown({ spec, keepers, bus, clock, observed, reason, beforeServices }: ShutdownOptions): Promise<StopReport> {
  const startedMs = clock.nowMs()
  const killed: WorkerId[] = []
  const endListening = bus.journal.listen(({ event }: StampedEvent) => {
    if (event.type === 'worker.exited' && event.exit.kind === 'killed' && event.exit.reason !== 'superseded') killed.push(event.worker)
  })
  bus.emit({ type: 'runtime.stopping', reason })
  await beforeServices()
  const declared = spec.services.flatMap(({ id, dependsOn }) => dependsOn.map(({ service }) => ({ caller: id, callee: service })))
  const before = stopOrder([...keepers.keys()], { declared, entrypoint: spec.entrypoint, observed })
  await stopServices(keepers, { before, budgetMs: spec.shutdownMs, clock })
  endListening()
  const abandoned = [...keepers.values()].flatMap((keeper) => keeper.pool.abandoned)
  bus.emit({ type: 'runtime.stopped', tookMs: clock.nowMs() - startedMs, killed, abandoned })
  return {
    ok: abandoned.length === 0,
    killed: killed.map((id) => formatWorkerId(id)),
    abandoned: abandoned.map((id) => formatWorkerId(id)),
  }
}
