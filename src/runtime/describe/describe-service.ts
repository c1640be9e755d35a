import type { HealthMonitor } from '../../health/monitor.ts'
import type { ServiceDescription, SlotDescription } from '../../model/description.ts'
import { formatSlotId, formatWorkerId, type ServiceId } from '../../model/ids.ts'
import { describeStage } from '../../model/start-stage.ts'
import type { ServiceState, ServiceView } from '../../model/view.ts'
import { countWithin } from '../../supervision/intensity.ts'
import type { Slot } from '../../supervision/slot.ts'
import type { ServiceKeeper } from '../service-keeper.ts'
import type { ExitLedger } from './exit-ledger.ts'
import { whyOf } from './why.ts'

const HOUR_MS = 3_600_000

export interface DescriptionSources {
  readonly view: ServiceView
  readonly monitor: Pick<HealthMonitor, 'assessment'>
  readonly exits: ExitLedger
  readonly dependents: readonly ServiceId[]
  readonly stateOf: (service: ServiceId) => ServiceState | null
  /** Now, on both clocks. */
  readonly nowMs: number
  readonly epochMs: number
}

/** All that is known about a service, without asking any of its workers. */
export function describeService(keeper: ServiceKeeper, sources: DescriptionSources): ServiceDescription {
  const { view, exits, dependents, stateOf, epochMs } = sources
  const { policy, maxAttempts, windowMs, maxPerHour, startAttempts } = keeper.spec.restart
  const facts = {
    at: Math.round(epochMs),
    service: view,
    dependsOn: keeper.spec.dependsOn.map((edge) => ({ ...edge, state: stateOf(edge.service) ?? 'pending' })),
    dependents,
    restart: { policy, maxAttempts, windowMs, maxPerHour, startAttempts },
    slots: keeper.pool.slots.map((slot) => describeSlot(slot, { keeper, ...sources })),
    exits: exits.of(keeper.id),
  }
  return { schema: 'meshrt.describe/v1', why: whyOf(facts), ...facts }
}

function describeSlot(
  slot: Slot,
  { keeper, monitor, nowMs, epochMs }: DescriptionSources & { readonly keeper: ServiceKeeper },
): SlotDescription {
  const { phase, history, id } = slot
  const worker = phase.kind === 'starting' ? keeper.pool.worker(id.slot, phase.worker.generation) : undefined
  const serving = phase.kind === 'ready' ? phase.worker : phase.kind === 'replacing' ? phase.old : null
  const assessment = serving === null ? null : monitor.assessment(formatWorkerId({ ...id, generation: serving.generation }))
  const toEpochMs = (atMs: number): number => Math.round(epochMs + atMs - nowMs)
  return {
    id: formatSlotId(id),
    crashesInWindow: countWithin(history.crashesMs, nowMs, keeper.spec.restart.windowMs),
    crashesInHour: countWithin(history.crashesMs, nowMs, HOUR_MS),
    failedStarts: history.failedStarts,
    verdict: assessment?.verdict ?? null,
    startStage: worker?.startStage ? describeStage(worker.startStage) : null,
    quarantine:
      phase.kind === 'quarantined' ? { reason: phase.reason, probeAt: phase.probeAtMs === null ? null : toEpochMs(phase.probeAtMs) } : null,
  }
}
