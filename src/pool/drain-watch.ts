import { hasMeshrtCode } from '../errors/meshrt-error.ts'
import type { WorkerHandle } from './launcher.ts'

/** A worker that is to drain and does not answer within this share of its deadline, and this long at least, is blocked. */
const PING_SHARE = 0.5
const MIN_PING_MS = 1000

/** One whose loop does not turn will not drain, however long it is waited for; unless a debugger holds it, which may let it go. */
export function watchDrain(worker: WorkerHandle, deadlineMs: number, onBlocked: () => void): void {
  worker.ping(Math.max(MIN_PING_MS, deadlineMs * PING_SHARE)).catch((error: unknown) => {
    // It may also have drained and closed its end before it came to answer.
    if (hasMeshrtCode(error) && error.code === 'MESHRT_ITC_TIMEOUT' && !worker.inspected) onBlocked()
  })
}
