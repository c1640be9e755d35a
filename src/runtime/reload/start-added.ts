import { MeshrtError } from '../../errors/meshrt-error.ts'
import type { Clock } from '../../model/clock.ts'
import { formatWorkerId, type ServiceId } from '../../model/ids.ts'
import type { Dependency } from '../../model/spec.ts'
import { failureOf, type LastLines } from '../failure-cause.ts'
import type { ServiceKeeper } from '../service-keeper.ts'
import { startInTime } from '../start-sequence.ts'

export interface StartAddedParts {
  readonly keepers: ReadonlyMap<ServiceId, ServiceKeeper>
  readonly clock: Clock
  readonly lastLines: LastLines
  /** Rejects when nobody is to wait any longer. */
  readonly interrupted: Promise<never>
}

/**
 * Starts a service whose dependencies have had their turn. Unlike at a start of the runtime, all of its workers have to become ready, and
 * nothing is waited for that will not come.
 * @throws MeshrtError MESHRT_SERVICE_FAILED, MESHRT_START_TIMEOUT, MESHRT_NOT_STARTED; what `interrupted` rejects with
 */
export async function startAdded(keeper: ServiceKeeper, { keepers, clock, lastLines, interrupted }: StartAddedParts): Promise<void> {
  const waitFor = keeper.beginWait()
  waitFor(keeper.spec.dependsOn)
  await Promise.race([Promise.all(keeper.spec.dependsOn.map((edge) => met(keeper, { edge, keepers }))), interrupted])
  waitFor([])
  await Promise.race([startInTime(keeper, clock), interrupted])
  const missing = keeper.pool.size - keeper.readyCount
  if (missing === 0) return
  const { message, cause } = firstFailure(keeper, lastLines)
  throw new MeshrtError('MESHRT_SERVICE_FAILED', `${missing} of ${keeper.pool.size} workers of "${keeper.id}" did not start: ${message}`, {
    cause,
  })
}

async function met(
  { id }: ServiceKeeper,
  { edge, keepers }: { readonly edge: Dependency; readonly keepers: StartAddedParts['keepers'] },
): Promise<void> {
  const dependency = keepers.get(edge.service)
  if (!dependency) return
  const { state } = dependency
  const comes = state === 'pending' || state === 'waiting' || state === 'stopped' ? [Promise.resolve(false)] : []
  // What was reached once holds, whatever has become of it since: so it is asked first.
  const isMet = await Promise.race([
    dependency.reached(edge.condition).then(() => true),
    dependency.held.then(() => false),
    ...comes.map((one) => one.then(() => false)),
  ])
  if (!isMet) throw new MeshrtError('MESHRT_NOT_STARTED', `"${id}" waits for "${edge.service}", which is ${dependency.state}`)
}

function firstFailure({ pool, id }: ServiceKeeper, lastLines: LastLines): { readonly message: string; readonly cause: Error } {
  const failed = pool.slots.find(({ phase }) => phase.kind !== 'ready' && phase.kind !== 'completed')
  const exit = failed?.lastExit?.exit
  const error = (exit && 'error' in exit ? exit.error : null) ?? {
    name: 'Error',
    message: `its state is ${failed?.phase.kind ?? 'unknown'}`,
  }
  const worker = { service: id, slot: failed?.id.slot ?? 0, generation: failed?.generation ?? 0 }
  return { message: `${formatWorkerId(worker)}: ${error.message}`, cause: failureOf(worker, { error, lastLines }) }
}
