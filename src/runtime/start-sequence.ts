import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Clock } from '../model/clock.ts'
import type { ServiceId } from '../model/ids.ts'
import { describeStage } from '../model/start-stage.ts'
import type { ServiceKeeper } from './service-keeper.ts'

export interface StartSequence {
  readonly keepers: ReadonlyMap<ServiceId, ServiceKeeper>
  readonly clock: Clock
}

/**
 * Starts every service as soon as the conditions of its dependencies hold, each edge waited for on its own.
 * Resolves when every service that can start has started. A service that fails under `onFailed: exit` rejects;
 * one that is held leaves its dependents waiting, and they start when it recovers.
 */
export async function startServices(sequence: StartSequence): Promise<void> {
  await Promise.all([...sequence.keepers.values()].map((keeper) => startOne(keeper, sequence)))
}

/** Called again for a service that still waits, it waits for what its spec says by then. */
export async function startOne(keeper: ServiceKeeper, { keepers, clock }: StartSequence): Promise<void> {
  const open = new Set(keeper.spec.dependsOn)
  const waitFor = keeper.beginWait()
  waitFor([...open])
  const edges = keeper.spec.dependsOn.map(async (edge) => {
    await keepers.get(edge.service)?.reached(edge.condition)
    open.delete(edge)
    waitFor([...open])
  })
  const met = Promise.all(edges).then(() => waitFor([]))
  const held = keeper.spec.dependsOn.flatMap(({ service }) => keepers.get(service)?.held ?? [])
  const outcome = await Promise.race([met, ...held.map((one) => one.then(() => 'held' as const))])
  if (outcome === 'held') {
    keeper.hold()
    // It starts when what it waits for recovers; a failure then is handled like any later one.
    void met.then((isCurrent) => (isCurrent ? launch(keeper, clock) : undefined)).catch(() => undefined)
  } else if (outcome) await launch(keeper, clock)
}

async function launch(keeper: ServiceKeeper, clock: Clock): Promise<void> {
  try {
    await startInTime(keeper, clock)
  } catch (error) {
    if (keeper.spec.onFailed === 'exit') throw error
    keeper.hold()
  }
}

/** @throws MeshrtError MESHRT_SERVICE_FAILED, MESHRT_START_TIMEOUT */
export async function startInTime(keeper: ServiceKeeper, clock: Clock): Promise<void> {
  const { startTimeoutMs } = keeper.spec
  const late = Promise.withResolvers<never>()
  const expire = (): void => {
    const message = `Service "${keeper.id}" was not ready within ${startTimeoutMs} ms${describeWait(keeper)}`
    late.reject(new MeshrtError('MESHRT_START_TIMEOUT', message, { cause: keeper.lastError() ?? undefined }))
  }
  const cancel = startTimeoutMs === 0 ? () => {} : clock.schedule(startTimeoutMs, expire)
  try {
    await Promise.race([keeper.start(), late.promise])
  } finally {
    cancel()
  }
}

/** What the first worker of those that are starting waits for. */
function describeWait({ pool }: ServiceKeeper): string {
  const stage = pool.workers.find(({ startStage }) => startStage !== null)?.startStage
  return stage ? `: ${describeStage(stage)}` : ''
}
