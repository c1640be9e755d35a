import type { RuntimeView, ServiceView } from '../../model/view.ts'
import { formatAge, formatHeap, formatMs, formatRate, formatRestarts, formatShare, NOTHING } from '../format.ts'
import { renderTable, type Column, type TableOptions } from '../table.ts'
import { SERVICE_TONES } from './tones.ts'

export function renderServices(view: RuntimeView, options: TableOptions & { nowMs: number }): string {
  return renderTable(serviceColumns(options.nowMs), view.services, options)
}

/** Columns are left out from the highest rank down: URL, REQ/S, P99, HEAP, ELU, AGE, RESTARTS, HEALTH, READY. */
function serviceColumns(nowMs: number): readonly Column<ServiceView>[] {
  return [
    { title: 'SERVICE', dropRank: 0, text: (service) => service.id },
    { title: 'READY', dropRank: 1, text: (service) => `${service.ready}/${service.desired}` },
    { title: 'STATE', dropRank: 0, text: (service) => service.state, tone: (service) => SERVICE_TONES[service.state] },
    { title: 'HEALTH', dropRank: 2, text: describeHealth, tone: (service) => (describeHealth(service) === 'ok' ? 'good' : 'plain') },
    { title: 'RESTARTS', dropRank: 3, text: (service) => formatRestarts(service.restarts, { lastAt: service.lastRestartAt, nowMs }) },
    { title: 'AGE', dropRank: 4, text: (service) => (service.ready === 0 ? NOTHING : formatAge(service.since, nowMs)) },
    { title: 'ELU', dropRank: 5, text: (service) => formatShare(service.elu) },
    { title: 'HEAP', dropRank: 6, text: (service) => formatHeap(service.heapUsedBytes, service.heapLimitBytes) },
    { title: 'P99', dropRank: 7, text: (service) => formatMs(service.p99Ms) },
    { title: 'REQ/S', dropRank: 8, text: (service) => formatRate(service.requestsPerSecond) },
    { title: 'URL', dropRank: 9, text: (service) => service.url ?? NOTHING },
  ]
}

const ORDER = ['ok', 'grace', 'pressed', 'suspect', 'unhealthy', 'blocked'] as const

/** `ok` when all desired workers are; else how many there are of each: `2 ok, 1 blocked`. */
function describeHealth(service: ServiceView): string {
  const present = ORDER.filter((kind) => (service.health[kind] ?? 0) > 0)
  const [only, ...others] = present
  if (only === undefined) return NOTHING
  if (others.length === 0 && service.health[only] === service.desired) return only
  return present.map((kind) => `${service.health[kind]} ${kind}`).join(', ')
}
