import type { HealthMonitor } from '../health/monitor.ts'
import type { Patient } from '../health/patient.ts'
import { formatWorkerId, type ServiceId, type WorkerKey } from '../model/ids.ts'
import type { WorkerHandle } from '../pool/launcher.ts'
import { servingWorker } from '../supervision/serving.ts'
import type { ReadyWorker } from '../supervision/slot.ts'
import { MemoryRegister } from './memory-register.ts'
import { ownCheckOf, type CheckMeans } from './own-checks.ts'
import type { ServiceKeeper } from './service-keeper.ts'

export interface RegisterOptions extends CheckMeans {
  readonly monitor: HealthMonitor
  /** Of a worker that becomes ready now. */
  readonly stuckAfterMs: () => number
}

/** Keeps the health monitor's patients equal to the workers that serve, and a watch on the memory of all. */
export class PatientRegister {
  readonly #options: RegisterOptions
  readonly #memory: MemoryRegister
  readonly #admitted = new Map<ServiceId, ReadonlyMap<WorkerKey, WorkerHandle>>()

  constructor(options: RegisterOptions) {
    this.#options = options
    this.#memory = new MemoryRegister({ clock: options.clock, observer: options.monitor })
  }

  update(keeper: ServiceKeeper): void {
    this.#memory.update(keeper)
    const before = this.#admitted.get(keeper.id) ?? new Map<WorkerKey, WorkerHandle>()
    const now = new Map<WorkerKey, WorkerHandle>()
    for (const slot of keeper.pool.slots) {
      const serving = servingWorker(slot)
      const handle = serving ? keeper.pool.worker(slot.id.slot, serving.generation) : undefined
      if (!serving || !handle) continue
      const key = formatWorkerId(handle.id)
      now.set(key, handle)
      if (!before.has(key)) this.#options.monitor.admit(this.#patient(keeper, handle, serving))
    }
    // Before anybody is discharged: that may end a worker, and so come back here.
    this.#admitted.set(keeper.id, now)
    for (const [key, { id }] of before) {
      // It cannot drain, nor will it stop when it is asked to.
      if (!now.has(key) && this.#options.monitor.discharge(key)) keeper.pool.kill(id.slot, id.generation, 'blocked')
    }
  }

  #patient(keeper: ServiceKeeper, handle: WorkerHandle, { readyAtMs }: ReadyWorker): Patient {
    const { spec } = keeper
    return {
      id: handle.id,
      // A reload may change it while the worker lives.
      get spec() {
        return keeper.spec.health
      },
      memoryLimitBytes: spec.limits.heapBytes,
      cpuLimit: spec.limits.cpu,
      stuckAfterMs: this.#options.stuckAfterMs(),
      readyAtMs,
      check: ownCheckOf(handle, spec, this.#options),
      utilisation: () => handle.utilisation(),
      ping: (deadlineMs) => handle.ping(deadlineMs),
      cpuTime: (deadlineMs) => handle.cpuTime(deadlineMs),
      readRow: (before) => handle.row.read(before),
      setPressed: (pressed) => {
        handle.row.pressed = pressed
      },
    }
  }
}
