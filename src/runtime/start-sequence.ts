import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Clock } from '../model/clock.ts'
import type { ServiceId } from '../model/ids.ts'
import type { ServiceKeeper } from './service-keeper.ts'

export interface StartSequence {
  readonly keepers: ReadonlyMap<ServiceId, ServiceKeeper>
  readonly clock: Clock
}

/**
 * Starts every service as soon as the services that it depends on are ready, each edge waited for on its own.
 * Resolves when every service that can start has started. A service that fails under `onFailed: exit` rejects;
 * one that is held leaves its dependents waiting, and they start when it recovers.
 */
export async function startServices({ keepers, clock }: StartSequence): Promise<void> {
  const held = new Map<ServiceId, Promise<boolean>>()
  /** Whether the service has started, or is held (false). */
  const started = (id: ServiceId): Promise<boolean> => {
    const keeper = keepers.get(id)
    if (!keeper) return Promise.resolve(true)
    const known = held.get(id)
    if (known) return known
    const promise = startOne(keeper, { dependencies: keeper.spec.dependsOn.map((dependency) => started(dependency)), keepers, clock })
    held.set(id, promise)
    return promise
  }
  await Promise.all([...keepers.keys()].map((id) => started(id)))
}

interface Surroundings extends StartSequence {
  readonly dependencies: readonly Promise<boolean>[]
}

async function startOne(keeper: ServiceKeeper, { dependencies, keepers, clock }: Surroundings): Promise<boolean> {
  const open = new Set(keeper.spec.dependsOn)
  keeper.waitFor([...open])
  const edges = keeper.spec.dependsOn.map(async (id) => {
    await keepers.get(id)?.firstReady
    open.delete(id)
    keeper.waitFor([...open])
  })
  const ready = Promise.all(edges).then(() => true)
  const someHeld = Promise.all(dependencies).then((all) => (all.every(Boolean) ? ready : false))
  if (await Promise.race([ready, someHeld])) return launch(keeper, clock)
  // A dependency is held: start when it recovers; a failure then is handled like any later one.
  void ready.then(() => launch(keeper, clock)).catch(() => undefined)
  return false
}

async function launch(keeper: ServiceKeeper, clock: Clock): Promise<boolean> {
  const { startTimeoutMs, onFailed } = keeper.spec
  const late = Promise.withResolvers<never>()
  const cancel = clock.schedule(startTimeoutMs, () => {
    late.reject(new MeshrtError('MESHRT_START_TIMEOUT', `Service "${keeper.id}" was not ready within ${startTimeoutMs} ms`))
  })
  try {
    await Promise.race([keeper.start(), late.promise])
    return true
  } catch (error) {
    if (onFailed === 'exit') throw error
    return false
  } finally {
    cancel()
  }
}
