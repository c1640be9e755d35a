import { setTimeout as delay } from 'node:timers/promises'
import type { ControlClient } from '../control/client.ts'
import { hasMeshrtCode, MeshrtError } from '../errors/meshrt-error.ts'
import type { StampedEvent } from '../model/events.ts'
import { fromErrorInfo } from '../model/failure.ts'
import type { ServiceId } from '../model/ids.ts'
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
  /** Asked when nobody listens any more: whether nobody will, because the runtime is not about to be started again. */
  readonly hasLeft: () => boolean
}

/** `left`: the runtime has ended, with the failure that ended it if it was one. */
export type WaitEnd =
  | { readonly kind: 'reached'; readonly view: RuntimeView }
  | { readonly kind: 'left'; readonly failure: Error | null; readonly cause: Error }

/**
 * Follows a runtime until what is waited for is reached, or there is no runtime any more; what happens on the way is noted.
 * @throws MESHRT_TIMEOUT with what blocks, MESHRT_SERVICE_FAILED when a service has failed and is held, MESHRT_NEVER_REACHED
 */
export async function waitUntil(client: ControlClient, { late, signal, waitMs, goal, note, hasLeft }: WaitOptions): Promise<WaitEnd> {
  const over = new AbortController()
  const failures = new Failures()
  const progress = followEvents(client, over.signal, (stamped) => {
    failures.hear(stamped)
    const line = progressLine(stamped)
    if (line !== null) note(line)
  })
  let isLate = false
  void late.then(() => (isLate = true))
  let last: RuntimeView | null = null
  try {
    for (;;) {
      const look = await lookAt(client)
      if (look.kind === 'nobody' && hasLeft()) {
        // Its last events may still be under way; the connection has ended with it.
        await Promise.race([progress, late])
        return { kind: 'left', failure: failures.fatal, cause: look.error }
      }
      if (look.kind === 'view') last = look.view
      const readiness = last === null ? null : readinessOf(last, goal)
      if (last !== null && readiness?.kind === 'reached') return { kind: 'reached', view: last }
      if (readiness?.kind === 'unreachable') throw unreachable(readiness, { goal, cause: failures.of(readiness.service.id) })
      if (isLate) throw tooLate(last, { waitMs, goal })
      await delay(POLL_MS, null, { signal })
    }
  } finally {
    over.abort()
    await progress
  }
}

/** What the end of the runtime means for who has waited for something else. */
export function leftBefore(goal: Goal, { failure, cause }: Extract<WaitEnd, { kind: 'left' }>): MeshrtError {
  const message = `Cannot wait until ${describeGoal(goal)}: the runtime has ended`
  if (failure !== null) return new MeshrtError('MESHRT_SERVICE_FAILED', message, { cause: failure })
  return new MeshrtError('MESHRT_NO_RUNTIME', message, { cause })
}

type Look =
  | { readonly kind: 'view'; readonly view: RuntimeView }
  /** Nobody listens: it has left, or is being started again. */
  | { readonly kind: 'nobody'; readonly error: Error }
  /** It cannot answer now: it may be busy, or on its way down. */
  | { readonly kind: 'silence' }

async function lookAt(client: ControlClient): Promise<Look> {
  try {
    return { kind: 'view', view: await client.view() }
  } catch (error) {
    if (!hasMeshrtCode(error)) throw error
    if (error.code === 'MESHRT_NO_RUNTIME') return { kind: 'nobody', error }
    if (error.code === 'MESHRT_NOT_ANSWERING' || error.code === 'MESHRT_STOPPING') return { kind: 'silence' }
    throw error
  }
}

/** The failures of services that are known from the events. */
class Failures {
  readonly #failures = new Map<ServiceId, Error>()
  /** The one that has ended the runtime. */
  fatal: Error | null = null
  #last: Error | null = null

  hear({ event }: StampedEvent): void {
    if (event.type === 'service.failed') {
      this.#last = fromErrorInfo(event.error)
      this.#failures.set(event.service, this.#last)
    }
    if (event.type === 'runtime.stopping') this.fatal = event.reason === 'failed' ? this.#last : null
  }

  of(service: ServiceId): Error | undefined {
    return this.#failures.get(service)
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
