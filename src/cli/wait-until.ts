import { setTimeout as delay } from 'node:timers/promises'
import type { ControlClient } from '../control/client.ts'
import { hasMeshrtCode, MeshrtError } from '../errors/meshrt-error.ts'
import type { StampedEvent } from '../model/events.ts'
import { fromErrorInfo } from '../model/failure.ts'
import type { RuntimeView } from '../model/view.ts'
import { formatMs } from './format.ts'
import { progressLine } from './progress.ts'
import { blockersOf, readinessOf, type Goal, type Readiness } from './readiness.ts'
import { describeUnready } from './views/footer.ts'

const POLL_MS = 50
const JOURNAL = 1000

export interface WaitOptions {
  /** Resolves at the deadline. */
  readonly late: Promise<unknown>
  /** Nobody waits any more. */
  readonly signal: AbortSignal
  readonly waitMs: number
  readonly goal: Goal
  /** A line of progress. */
  readonly note: (text: string) => void
}

/**
 * Follows a runtime until what is waited for is reached; what happens on the way is noted.
 * @throws MESHRT_TIMEOUT with what blocks, MESHRT_SERVICE_FAILED when a service has failed and is held, MESHRT_NEVER_REACHED
 */
export async function waitUntil(client: ControlClient, { late, signal, waitMs, goal, note }: WaitOptions): Promise<RuntimeView> {
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
      const readiness = last === null ? null : readinessOf(last, goal)
      if (last !== null && readiness?.kind === 'reached') return last
      if (readiness?.kind === 'unreachable') throw unreachable(readiness, { goal, cause: failures.get(readiness.service.id) })
      if (isLate) throw tooLate(last, { waitMs, goal })
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

function unreachable(
  { service, reason }: Extract<Readiness, { kind: 'unreachable' }>,
  { goal, cause }: { readonly goal: Goal; readonly cause: Error | undefined },
): MeshrtError {
  const code = service.state === 'failed' ? 'MESHRT_SERVICE_FAILED' : 'MESHRT_NEVER_REACHED'
  const rest = goal.services.length === 0 ? '; the rest keeps running' : ''
  return new MeshrtError(code, `Cannot wait until ${describeGoal(goal)}: "${service.id}" ${reason}${rest}`, { cause })
}

function tooLate(view: RuntimeView | null, { waitMs, goal }: { readonly waitMs: number; readonly goal: Goal }): MeshrtError {
  const asked = `until ${describeGoal(goal)}, the runtime goes on`
  return new MeshrtError('MESHRT_TIMEOUT', `Cannot wait longer than ${formatMs(waitMs)} ${asked}: ${describeBlockers(view, goal)}`)
}

function describeBlockers(view: RuntimeView | null, goal: Goal): string {
  if (view === null) return 'it does not answer'
  const services = blockersOf(view, goal)
  const unready = goal.condition === 'ready' ? describeUnready({ ...view, services }, Date.now()) : null
  if (unready !== null) return unready
  if (services.length === 0) return `the runtime is ${view.runtime.state}`
  return services.map(({ id, state }) => `${id} is ${state}`).join(', ')
}

function describeGoal({ condition, services }: Goal): string {
  if (services.length === 0) return condition === 'completed' ? 'every oneshot is completed' : `everything is ${condition}`
  return `${services.join(' and ')} ${services.length === 1 ? 'is' : 'are'} ${condition}`
}
