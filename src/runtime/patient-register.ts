import type { HealthMonitor } from '../health/monitor.ts'
import type { Patient } from '../health/patient.ts'
import { formatWorkerId, type ServiceId, type WorkerKey } from '../model/ids.ts'
import type { WorkerHandle } from '../pool/launcher.ts'
import type { ReadyWorker, Slot } from '../supervision/slot.ts'
import type { ServiceKeeper } from './service-keeper.ts'

/** Keeps the health monitor's patients equal to the workers that serve. */
export class PatientRegister {
  readonly #monitor: HealthMonitor
  readonly #admitted = new Map<ServiceId, ReadonlySet<WorkerKey>>()

  constructor(monitor: HealthMonitor) {
    this.#monitor = monitor
  }

  update(keeper: ServiceKeeper): void {
    const before = this.#admitted.get(keeper.id) ?? new Set<WorkerKey>()
    const now = new Set<WorkerKey>()
    for (const slot of keeper.pool.slots) {
      const serving = servingWorker(slot)
      const handle = serving ? keeper.pool.worker(slot.id.slot, serving.generation) : undefined
      if (!serving || !handle) continue
      const key = formatWorkerId(handle.id)
      now.add(key)
      if (!before.has(key)) this.#monitor.admit(patient(keeper, handle, serving))
    }
    for (const key of before) if (!now.has(key)) this.#monitor.discharge(key)
    this.#admitted.set(keeper.id, now)
  }
}

function patient(keeper: ServiceKeeper, handle: WorkerHandle, { readyAtMs }: ReadyWorker): Patient {
  return {
    id: handle.id,
    spec: keeper.spec.health,
    heapLimitBytes: keeper.spec.limits.heapBytes,
    readyAtMs,
    utilisation: () => handle.utilisation(),
    ping: (deadlineMs) => handle.ping(deadlineMs),
    heap: (deadlineMs) => handle.heap(deadlineMs),
    readRow: () => handle.row.read(),
  }
}

function servingWorker(slot: Slot): ReadyWorker | null {
  const { phase } = slot
  if (phase.kind === 'ready') return phase.worker
  if (phase.kind !== 'replacing') return null
  return phase.progress.kind === 'retiring' ? phase.progress.next : phase.old
}
