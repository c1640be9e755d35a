import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Emit } from '../model/events.ts'
import type { ErrorInfo } from '../model/failure.ts'
import type { WorkerId } from '../model/ids.ts'
import type { SlotOutcome } from '../supervision/slot.ts'
import { failureOf, type LastLines } from './failure-cause.ts'
import type { ServiceKeeper } from './service-keeper.ts'

export interface ScaleOptions {
  readonly workers: number
  /** For people. */
  readonly reason: string
  readonly emit: Emit
  readonly lastLines: LastLines
  /** What becomes of slots that an operator has stopped. */
  readonly stopped: 'start' | 'leave'
}

export interface Scaled {
  readonly from: number
  readonly to: number
}

/**
 * Gives a service more workers, or fewer: new ones are routed when they are ready, the newest ones are drained.
 * @throws MeshrtError MESHRT_SCALE_FAILED when a new worker did not start; those that did stay.
 */
export async function scaleService(keeper: ServiceKeeper, { workers, reason, emit, lastLines, stopped }: ScaleOptions): Promise<Scaled> {
  const { pool, id: service, spec } = keeper
  const from = pool.size
  if (workers !== from) emit({ type: 'scaling.started', service, from, to: workers, reason })
  if (workers < from) await pool.shrink(workers, { deadlineMs: spec.shutdownMs, idleMs: null })
  const failure = firstFailure(await pool.grow(workers, { stopped }))
  const to = pool.size
  if (to !== from) emit({ type: 'pool.scaled', service, from, to, reason })
  if (failure === null) return { from, to }
  const { error, worker, isStopping } = failure
  if (!isStopping) emit({ type: 'scaling.failed', service, workers: to, asked: workers, error })
  throw new MeshrtError('MESHRT_SCALE_FAILED', `Cannot scale "${service}" to ${workers}: ${error.message}; it has ${to} now`, {
    cause: failureOf(worker, { error, lastLines }),
  })
}

interface Failure {
  readonly worker: WorkerId
  readonly error: ErrorInfo
  readonly isStopping: boolean
}

function firstFailure(results: Awaited<ReturnType<ServiceKeeper['pool']['grow']>>): Failure | null {
  const failed = results.find(({ outcome }) => outcome.kind === 'failed' || outcome.kind === 'stopped')
  return failed ? { worker: failed.worker, error: errorOf(failed.outcome), isStopping: failed.outcome.kind === 'stopped' } : null
}

function errorOf(outcome: SlotOutcome): ErrorInfo {
  return outcome.kind === 'failed' ? outcome.error : { name: 'Error', message: 'it is being stopped' }
}
