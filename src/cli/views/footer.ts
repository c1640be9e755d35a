import { describeAge } from '../../control/age.ts'
import type { Dependency } from '../../model/spec.ts'
import type { RuntimeView, ServiceView } from '../../model/view.ts'
import { formatCount } from '../format.ts'

/** What needs attention, under the table; null when all is well. */
export function describeUnready(view: RuntimeView, nowMs: number): string | null {
  const unready = view.services.filter((service) => service.ready < service.desired)
  if (unready.length === 0) return null
  const verb = unready.length === 1 ? 'is' : 'are'
  return `${formatCount(unready.length, 'service')} ${verb} not ready: ${unready.map((service) => describeService(service, { view, nowMs })).join(', ')}`
}

function describeService(service: ServiceView, { view, nowMs }: { readonly view: RuntimeView; readonly nowMs: number }): string {
  if (service.state === 'waiting') return `${service.id} (waits for ${describeWait(service.waitingFor, view)})`
  const retryAt = service.workers.map((worker) => worker.retryAt).find((at) => at !== null)
  const next = retryAt === undefined || retryAt === null ? '' : `, next try in ${describeAge(retryAt - nowMs + 999)}`
  return `${service.id} (${service.state}${next})`
}

/** `db, which has failed`: what will not come by itself is said. */
function describeWait(edges: readonly Dependency[], view: RuntimeView): string {
  return edges
    .map(({ service: id, condition }) => {
      const state = view.services.find((service) => service.id === id)?.state
      const what = `${id} to be ${condition}`
      return state === 'failed' || state === 'stopped' ? `${what}, which ${STATE_WORDS[state]}` : what
    })
    .join(' and ')
}

const STATE_WORDS = { failed: 'has failed', stopped: 'is stopped' } as const
