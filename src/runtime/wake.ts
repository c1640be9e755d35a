import { MeshrtError } from '../errors/meshrt-error.ts'
import type { ServiceKeeper } from './service-keeper.ts'

/**
 * An operator wants workers of the service to run. That must not lead around what it waits for.
 * @throws MeshrtError MESHRT_NOT_STARTED when it still waits for others: it starts by itself when they are there
 */
export function wake(keeper: ServiceKeeper, verb: string): void {
  if (keeper.wake()) return
  const awaited = keeper.waitingFor.map(({ service, condition }) => `${service} to be ${condition}`).join(' and ')
  throw new MeshrtError('MESHRT_NOT_STARTED', `Cannot ${verb} "${keeper.id}": it has not been started: it waits for ${awaited}`)
}
