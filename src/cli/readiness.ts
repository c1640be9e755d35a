import type { ServiceId } from '../model/ids.ts'
import type { RuntimeView, ServiceView } from '../model/view.ts'

/** What somebody waits for. */
export interface Goal {
  /** `stopped`: no worker runs, also because its work is done. `completed` of everything means the oneshots. */
  readonly condition: 'ready' | 'stopped' | 'completed'
  /** Empty = everything. */
  readonly services: readonly ServiceId[]
}

export const EVERYTHING_READY: Goal = { condition: 'ready', services: [] }

/** How far a runtime is on the way to it. */
export type Readiness =
  | { readonly kind: 'reached' }
  | { readonly kind: 'pending' }
  /** It will not be reached by waiting. */
  | { readonly kind: 'unreachable'; readonly service: Pick<ServiceView, 'id' | 'state'>; readonly reason: string }

export function readinessOf(view: RuntimeView, goal: Goal): Readiness {
  const gone = goal.services.find((id) => !view.services.some((service) => service.id === id))
  // A reload has removed it; for who waits until it is stopped, it is.
  if (gone !== undefined && goal.condition !== 'stopped')
    return { kind: 'unreachable', service: { id: gone, state: 'stopped' }, reason: 'is not there any more' }
  const concerned = concernedBy(view, goal)
  const hopeless = concerned.flatMap((service) => {
    const reason = whyNever(service, { view, goal })
    return reason === null ? [] : [{ kind: 'unreachable', service, reason } as const]
  })
  // A failure explains more than what waits because of it.
  const first = hopeless.find(({ service }) => service.state === 'failed') ?? hopeless[0]
  if (first !== undefined) return first
  const isUp = goal.services.length > 0 || goal.condition !== 'ready' || view.runtime.state === 'running'
  return isUp && concerned.every((service) => hasReached(service, goal)) ? { kind: 'reached' } : { kind: 'pending' }
}

/** Those of the services that the goal is about and that have not reached it. */
export function blockersOf(view: RuntimeView, goal: Goal): readonly ServiceView[] {
  return concernedBy(view, goal).filter((service) => !hasReached(service, goal))
}

function concernedBy({ services }: RuntimeView, { condition, services: named }: Goal): readonly ServiceView[] {
  if (named.length > 0) return services.filter(({ id }) => named.includes(id))
  return condition === 'completed' ? services.filter(({ type }) => type === 'oneshot') : services
}

/** What an operator has stopped is waited for only by who names it. */
function hasReached({ state }: ServiceView, { condition, services }: Goal): boolean {
  switch (condition) {
    case 'ready':
      return state === 'running' || state === 'completed' || (state === 'stopped' && services.length === 0)
    case 'stopped':
      return state === 'stopped' || state === 'completed'
    case 'completed':
      return state === 'completed'
  }
}

/** Completes a sentence that begins with the service; null while there is hope. */
function whyNever(service: ServiceView, { view, goal }: { readonly view: RuntimeView; readonly goal: Goal }): string | null {
  if (goal.condition === 'stopped' || hasReached(service, goal)) return null
  switch (service.state) {
    case 'failed':
      return 'has failed'
    case 'stopped':
      return 'is stopped'
    case 'degraded':
      return goal.condition === 'ready' ? whyDegraded(service) : null
    case 'waiting':
      return whyWaiting(service, view)
    case 'pending':
    case 'starting':
    case 'running':
    case 'backoff':
    case 'completed':
      return null
  }
}

/** Only an operator, or the probe of a quarantined slot much later, brings these back. */
function whyDegraded({ workers }: ServiceView): string | null {
  const missing = workers.filter(({ state }) => state !== 'ready' && state !== 'replacing' && state !== 'completed')
  const resting = missing.filter(({ state }) => state === 'stopped' || state === 'quarantined')
  if (missing.length === 0 || resting.length < missing.length) return null
  return `is degraded: ${resting.map(({ id, state }) => `${id} is ${state}`).join(', ')}`
}

function whyWaiting({ waitingFor }: ServiceView, { services }: RuntimeView): string | null {
  const lost = waitingFor.find(({ service }) =>
    services.some(({ id, state }) => id === service && (state === 'failed' || state === 'stopped')),
  )
  const state = services.find(({ id }) => id === lost?.service)?.state
  return lost ? `waits for "${lost.service}", which ${state === 'failed' ? 'has failed' : 'is stopped'}` : null
}
