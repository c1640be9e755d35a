import { MeshrtError } from '../errors/meshrt-error.ts'
import { formatSlotId, type Target } from '../model/ids.ts'
import type { RuntimeView } from '../model/view.ts'

/** @throws MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER */
export function checkTargets(targets: readonly Target[], view: RuntimeView): void {
  for (const { service, slot } of targets) {
    const known = view.services.find((candidate) => candidate.id === service)
    if (known === undefined) {
      const names = view.services.map((candidate) => candidate.id).join(', ')
      throw new MeshrtError('MESHRT_UNKNOWN_SERVICE', `Cannot find the service "${service}": the services are ${names}`)
    }
    if (slot === null || known.workers.some((worker) => worker.slot === slot)) continue
    const slots = known.workers.map((worker) => worker.id).join(', ')
    throw new MeshrtError('MESHRT_UNKNOWN_WORKER', `Cannot find the worker "${formatSlotId({ service, slot })}": the workers are ${slots}`)
  }
}
