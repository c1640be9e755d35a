import { setTimeout as delay } from 'node:timers/promises'
import type { ControlClient } from '../control/client.ts'
import { hasMeshrtCode, MeshrtError } from '../errors/meshrt-error.ts'
import type { StampedEvent } from '../model/events.ts'
import { fromErrorInfo } from '../model/failure.ts'
import type { RuntimeView } from '../model/view.ts'
import { formatMs } from './format.ts'
import { progressLine } from './progress.ts'
import { readinessOf } from './readiness.ts'
import { describeUnready } from './views/footer.ts'

const POLL_MS = 50
const JOURNAL = 1000

export interface WaitOptions {
  /** Resolves at the deadline. */
  readonly late: Promise<unknown>
  /** Nobody waits any more. */
  readonly signal: AbortSignal
  readonly waitMs: number
  /** A line of progress. */
  readonly note: (text: string) => void
}

/**
 * Follows a runtime until all its services are ready; what happens on the way is noted.
 * @throws MESHRT_TIMEOUT with what blocks, MESHRT_SERVICE_FAILED when a service has failed and is held
 */
export async function waitUntilReady(client: ControlClient, { late, signal, waitMs, note }: WaitOptions): Promise<RuntimeView> {
  const over = new AbortController()
  const failures = new Map<string, Error>()
  const progress = followEvents(client, over.signal, (stamped) => {
    const { event } = stamped
    if (event.type === 'service.failed') failures.set(event.service, fromErrorInfo(event.error))
    const line = progressLine(stamped)
    if (line !== null) note(line)
  })
  let isLate = false
  void late.then(() => (isLate = true))
  let last: RuntimeView | null = null
  try {
    for (;;) {
      last = (await viewOrNull(client)) ?? last
      const readiness = last === null ? null : readinessOf(last)
      if (last !== null && readiness?.kind === 'ready') return last
      if (readiness?.kind === 'failed') {
        const { id } = readiness.service
        throw new MeshrtError(
          'MESHRT_SERVICE_FAILED',
          `Cannot wait until everything is ready: "${id}" has failed; the rest keeps running`,
          {
            cause: failures.get(id),
          },
        )
      }
      if (isLate) throw tooLate(last, waitMs)
      await delay(POLL_MS, null, { signal })
    }
  } finally {
    over.abort()
    await progress
  }
}

/** Null while it cannot answer: it may be on its way down, or being started again. */
async function viewOrNull(client: ControlClient): Promise<RuntimeView | null> {
  try {
    return await client.view()
  } catch (error) {
    if (hasMeshrtCode(error)) return null
    throw error
  }
}

/** Never rejects: progress is a service to those who watch, no reason to fail. */
async function followEvents(client: ControlClient, signal: AbortSignal, onEvent: (stamped: StampedEvent) => void): Promise<void> {
  const hear = (line: StampedEvent | { readonly dropped: number }): void => {
    if ('event' in line) onEvent(line)
  }
  await client.events({ follow: true, tail: JOURNAL, signal }, hear).catch(() => undefined)
}

function tooLate(view: RuntimeView | null, waitMs: number): MeshrtError {
  const blocks = view === null ? null : describeUnready(view, Date.now())
  const state = blocks ?? (view === null ? 'it does not answer' : `the runtime is ${view.runtime.state}`)
  return new MeshrtError('MESHRT_TIMEOUT', `Cannot wait longer than ${formatMs(waitMs)}, it goes on in the background: ${state}`)
}
