import { describeAge } from '../../control/age.ts'
import type { Dependency } from '../../model/spec.ts'
import type { AbandonedView, RuntimeView, ServiceView } from '../../model/view.ts'
import { formatCount } from '../format.ts'

/** What needs attention, under the table; null when all is well. */
export function describeAttention(view: RuntimeView, nowMs: number): string | null {
  const lines = [describeUnready(view, nowMs), describeAbandoned(view)].filter((line) => line !== null)
  return lines.length === 0 ? null : lines.join('\n')
}

function describeAbandoned({ abandoned }: RuntimeView): string | null {
  if (abandoned.length === 0) return null
  const verb = abandoned.length === 1 ? 'does' : 'do'
  return `${formatCount(abandoned.length, 'abandoned thread')} ${verb} not end: ${abandoned.map(describeThread).join(', ')}`
}

function describeThread({ id, threadId }: AbandonedView): string {
  return threadId === null ? id : `${id} (t${threadId})`
}

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
