import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Clock } from '../model/clock.ts'
import type { Emit, ReplaceReason } from '../model/events.ts'
import { fromErrorInfo, type ErrorInfo } from '../model/failure.ts'
import { formatSlotId, type SlotId, type WorkerId } from '../model/ids.ts'
import type { ServiceKeeper } from './service-keeper.ts'

export interface RolloutOptions {
  /** Null = every slot. */
  readonly slot: number | null
  readonly reason: ReplaceReason
  readonly clock: Clock
  readonly emit: Emit
}

/**
 * Replaces the workers of a service one after the other, each old one kept until its successor serves. Stops at the
 * first that fails: the old worker of that slot, and those not yet reached, keep serving.
 * @throws MeshrtError MESHRT_RESTART_FAILED with the successor's error as its cause.
 */
export async function rollOut(keeper: ServiceKeeper, { slot, reason, clock, emit }: RolloutOptions): Promise<readonly WorkerId[]> {
  const { id: service, pool } = keeper
  const slots = pool.slots.map((one) => one.id).filter((id) => slot === null || id.slot === slot)
  const startedMs = clock.nowMs()
  const replaced: WorkerId[] = []
  emit({ type: 'rollout.started', service, reason })
  for (const id of slots) {
    const error = await replaceOne(keeper, id, reason)
    if (error) {
      emit({ type: 'rollout.failed', service, replaced: replaced.length, error })
      throw new MeshrtError('MESHRT_RESTART_FAILED', `Cannot replace the worker in ${formatSlotId(id)}: ${error.message}`, {
        cause: fromErrorInfo(error),
      })
    }
    replaced.push({ ...id, generation: pool.slots[id.slot]?.generation ?? 0 })
  }
  emit({ type: 'rollout.finished', service, replaced: replaced.length, tookMs: clock.nowMs() - startedMs })
  return replaced
}

/** Null when the slot has a new worker. */
async function replaceOne(keeper: ServiceKeeper, id: SlotId, reason: ReplaceReason): Promise<ErrorInfo | null> {
  const outcome = await keeper.pool.replace(id.slot, reason)
  switch (outcome.kind) {
    case 'ready':
    case 'completed':
      return null
    case 'failed':
      return outcome.error
    case 'stopped':
      return { name: 'Error', message: 'it is being stopped' }
  }
}
