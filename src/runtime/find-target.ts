import { MeshrtError } from '../errors/meshrt-error.ts'
import { formatSlotId, type ServiceId, type Target } from '../model/ids.ts'
import type { ServiceKeeper } from './service-keeper.ts'

/** The service of a target, which has the slot if one is named. @throws MeshrtError MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER */
export function findTarget(
  keepers: ReadonlyMap<ServiceId, ServiceKeeper>,
  { target: { service, slot }, verb }: { readonly target: Target; readonly verb: string },
): ServiceKeeper {
  const keeper = keepers.get(service)
  if (!keeper) throw new MeshrtError('MESHRT_UNKNOWN_SERVICE', `Cannot ${verb} "${service}": there is no such service`)
  if (slot !== null && !keeper.pool.slots[slot]) {
    throw new MeshrtError(
      'MESHRT_UNKNOWN_WORKER',
      `Cannot ${verb} ${formatSlotId({ service, slot })}: "${service}" has workers 0 to ${keeper.pool.slots.length - 1}`,
    )
  }
  return keeper
}
