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

async function startOne(keeper: ServiceKeeper, { keepers, clock }: StartSequence): Promise<void> {
  const open = new Set(keeper.spec.dependsOn)
  keeper.waitFor([...open])
  const edges = keeper.spec.dependsOn.map(async (edge) => {
    await keepers.get(edge.service)?.reached(edge.condition)
    open.delete(edge)
    keeper.waitFor([...open])
  })
  const met = Promise.all(edges)
  const held = keeper.spec.dependsOn.flatMap(({ service }) => keepers.get(service)?.held ?? [])
  if (await Promise.race([met.then(() => true), ...held.map((one) => one.then(() => false))])) return launch(keeper, clock)
  keeper.hold()
  // It starts when what it waits for recovers; a failure then is handled like any later one.
  void met.then(() => launch(keeper, clock)).catch(() => undefined)
}

async function launch(keeper: ServiceKeeper, clock: Clock): Promise<void> {
  const { startTimeoutMs, onFailed } = keeper.spec
  const late = Promise.withResolvers<never>()
  const expire = (): void => {
    const message = `Service "${keeper.id}" was not ready within ${startTimeoutMs} ms${describeWait(keeper)}`
    late.reject(new MeshrtError('MESHRT_START_TIMEOUT', message, { cause: keeper.lastError() ?? undefined }))
  }
  const cancel = startTimeoutMs === 0 ? () => {} : clock.schedule(startTimeoutMs, expire)
  try {
    await Promise.race([keeper.start(), late.promise])
  } catch (error) {
    if (onFailed === 'exit') throw error
    keeper.hold()
  } finally {
    cancel()
  }
}

/** What the first worker of those that are starting waits for. */
function describeWait({ pool }: ServiceKeeper): string {
  const stage = pool.workers.find(({ startStage }) => startStage !== null)?.startStage
  return stage ? `: ${describeStage(stage)}` : ''
}
