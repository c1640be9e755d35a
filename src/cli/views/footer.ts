import { describeAge } from '../../control/age.ts'
import type { RuntimeView, ServiceView } from '../../model/view.ts'
import { formatCount } from '../format.ts'

/** What needs attention, under the table; null when all is well. */
export function describeUnready(view: RuntimeView, nowMs: number): string | null {
  const unready = view.services.filter((service) => service.state !== 'completed' && service.ready < service.desired)
  if (unready.length === 0) return null
  const verb = unready.length === 1 ? 'is' : 'are'
  return `${formatCount(unready.length, 'service')} ${verb} not ready: ${unready.map((service) => describeService(service, nowMs)).join(', ')}`
}

function describeService(service: ServiceView, nowMs: number): string {
  if (service.state === 'waiting') return `${service.id} (waits for ${service.waitingFor.join(', ')})`
  const retryAt = service.workers.map((worker) => worker.retryAt).find((at) => at !== null)
  const next = retryAt === undefined || retryAt === null ? '' : `, next try in ${describeAge(retryAt - nowMs + 999)}`
  return `${service.id} (${service.state}${next})`
}
