import type { Clock } from '../model/clock.ts'
import type { ServiceId } from '../model/ids.ts'
import type { PoolSupervisor } from '../pool/pool-supervisor.ts'
import type { ServiceKeeper } from './service-keeper.ts'

/** Kept at the end of the budget for terminating what is late, and for giving up what does not even end then. */
const RESERVE_MS = 2000

/** What the end of the budget itself takes. */
const LAST_MS = 50

/** A healthy thread is gone within this after it was terminated, and gets it even of a budget that is too small. */
const GOING_MS = 250

/** No successor will answer on a connection that is idle: long enough for a request that is on the wire, not for a browser's tab. */
export const IDLE_MS = 1000

/** A service may use this share of what is left while others still wait for their turn. */
const SHARE = 0.75

/**
 * Stops every service when those that call it are gone, all within one budget. At its end whatever is left is ended by
 * force; resolves when everything has ended or has been given up.
 */
export async function stopServices(
  keepers: ReadonlyMap<ServiceId, ServiceKeeper>,
  {
    before,
    budgetMs,
    clock,
  }: { readonly before: ReadonlyMap<ServiceId, readonly ServiceId[]>; readonly budgetMs: number; readonly clock: Clock },
): Promise<void> {
  const startedMs = clock.nowMs()
  const endMs = startedMs + budgetMs - Math.min(RESERVE_MS, budgetMs / 4)
  const stopping = new Map<ServiceId, Promise<void>>()
  let left = keepers.size
  const stopped = (keeper: ServiceKeeper): Promise<void> => {
    const known = stopping.get(keeper.id)
    if (known) return known
    const promise = stopOne(keeper)
    stopping.set(keeper.id, promise)
    return promise
  }
  const stopOne = async (keeper: ServiceKeeper): Promise<void> => {
    await Promise.all((before.get(keeper.id) ?? []).map((id) => stoppedById(id)))
    const leftMs = Math.max(0, endMs - clock.nowMs())
    const deadlineMs = Math.min(keeper.spec.shutdownMs, left > 1 ? leftMs * SHARE : leftMs)
    await keeper.stop({ deadlineMs, idleMs: IDLE_MS })
    left -= 1
  }
  const stoppedById = (id: ServiceId): Promise<void> => {
    const keeper = keepers.get(id)
    return keeper ? stopped(keeper) : Promise.resolve()
  }
  const everyPool = (act: (pool: PoolSupervisor) => void) => () => {
    for (const { pool } of keepers.values()) act(pool)
  }
  const cancelForce = clock.schedule(
    endMs - clock.nowMs(),
    everyPool((pool) => pool.force()),
  )
  const cancelGiveUp = clock.schedule(
    Math.max(startedMs + budgetMs - LAST_MS, endMs + GOING_MS) - clock.nowMs(),
    everyPool((pool) => pool.giveUp()),
  )
  await Promise.all([...keepers.values()].map((keeper) => stopped(keeper)))
  cancelForce()
  cancelGiveUp()
}
