import type { StopReport } from '../control/port.ts'
import type { Clock } from '../model/clock.ts'
import type { Cut } from '../model/cut.ts'
import type { StampedEvent, StopReason } from '../model/events.ts'
import { formatWorkerId, type ServiceId, type WorkerId } from '../model/ids.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import type { AbandonedWorker } from '../pool/worker-register.ts'
import { stopOrder, type CallEdge } from '../supervision/stop-order.ts'
import type { EventBus } from './event-bus.ts'
import type { ServiceKeeper } from './service-keeper.ts'
import { stopServices } from './stop-sequence.ts'

export interface ShutdownOptions {
  readonly spec: Pick<RuntimeSpec, 'shutdownMs' | 'entrypoint'>
  readonly keepers: ReadonlyMap<ServiceId, ServiceKeeper>
  /** Those of services that a reload has removed included: a thread that does not end keeps the process, whosever it was. */
  readonly abandoned: () => readonly AbandonedWorker[]
  readonly bus: EventBus
  readonly clock: Clock
  readonly reason: StopReason
  /** How long everything still serves before anything stops. */
  readonly preStopMs: number
  /** Resolves when there is no more time to be given to anybody. */
  readonly forced: Promise<void>
  /** Calls that the mesh has seen so far. */
  readonly observed: () => readonly CallEdge[]
  readonly beforeServices: () => Promise<void>
}

/**
 * The whole shutdown, within the runtime's budget: pre-stop delay, then the services in their order. The report names every worker
 * that had to be ended by force, and what was cut off.
 */
export async function shutDown(options: ShutdownOptions): Promise<StopReport> {
  const { spec, keepers, bus, clock, reason, preStopMs, forced, observed, beforeServices } = options
  const startedMs = clock.nowMs()
  const killed: WorkerId[] = []
  const cut: { readonly worker: WorkerId; readonly cut: Cut }[] = []
  const endListening = bus.journal.listen(({ event }: StampedEvent) => {
    if (event.type === 'worker.exited' && event.exit.kind === 'killed' && event.exit.reason !== 'superseded') killed.push(event.worker)
    if (event.type === 'drain.timed-out') cut.push(event)
  })
  bus.emit({ type: 'runtime.stopping', reason })
  if (preStopMs > 0) await passed(clock, { delayMs: preStopMs, unless: forced })
  const leftMs = () => Math.max(0, startedMs + spec.shutdownMs - clock.nowMs())
  const inputsClosed = beforeServices()
  const declared = [...keepers.values()].flatMap(({ id, spec: { dependsOn } }) =>
    dependsOn.map(({ service }) => ({ caller: id, callee: service })),
  )
  const before = stopOrder([...keepers.keys()], { declared, entrypoint: spec.entrypoint, observed: observed() })
  await stopServices(keepers, { before, budgetMs: leftMs(), clock })
  await passed(clock, { delayMs: leftMs(), unless: inputsClosed })
  endListening()
  const abandoned = options.abandoned().map(({ id }) => id)
  const left = abandoned.map((id) => formatWorkerId(id))
  const ended = killed.filter((id) => !left.includes(formatWorkerId(id)))
  const tookMs = clock.nowMs() - startedMs
  bus.emit({ type: 'runtime.stopped', tookMs, killed: ended, abandoned })
  return {
    ok: abandoned.length === 0 && tookMs <= spec.shutdownMs,
    killed: ended.map((id) => formatWorkerId(id)),
    abandoned: left,
    cut: cut.map((one) => ({ worker: formatWorkerId(one.worker), ...one.cut })),
  }
}

/** After the delay, or as soon as there is nothing to wait for. */
async function passed(clock: Clock, { delayMs, unless }: { readonly delayMs: number; readonly unless: Promise<void> }): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const cancel = clock.schedule(delayMs, resolve)
  await Promise.race([promise, unless])
  cancel()
}
