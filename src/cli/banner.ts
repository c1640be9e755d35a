import type { RuntimeSpec } from '../model/spec.ts'
import type { RuntimeView } from '../model/view.ts'
import { paint } from './colour.ts'
import { formatCount } from './format.ts'
import { describeAttention } from './views/footer.ts'

export interface BannerFacts {
  readonly spec: RuntimeSpec
  readonly view: RuntimeView
  readonly tookMs: number
  readonly nowMs: number
  readonly colour: boolean
}

/** What runs, where it answers, and what can be typed next. */
export function renderBanner({ spec, view, tookMs, nowMs, colour }: BannerFacts): string {
  const strong = (text: string): string => (colour ? paint(text, 'strong') : text)
  const quiet = (text: string): string => (colour ? paint(text, 'quiet') : text)
  const workers = view.services.flatMap((service) => service.workers).filter((worker) => worker.generation !== null).length
  const unready = describeAttention(view, nowMs)
  const width = Math.max(...view.services.map((service) => service.id.length), 0)
  const stateWidth = Math.max(...view.services.map((service) => service.state.length), 0)
  const rows = view.services.map((service) => {
    return `  ${service.id.padEnd(width)}  ${service.ready}/${service.desired}  ${service.state.padEnd(stateWidth)}  ${quiet(service.url ?? 'no server')}`
  })
  const next = spec.mode === 'dev' ? 'rs + Enter restarts everything' : 'meshrt restart <service> replaces its workers'
  return [
    `${strong(spec.name)} is running (${spec.mode}): ${formatCount(view.services.length, 'service')}, ${formatCount(workers, 'worker')}, ready after ${tookMs} ms`,
    ...rows,
    ...(unready === null ? [] : [unready]),
    ...(view.runtime.url === null ? [] : [`${strong('→')} ${strong(view.runtime.url)}`]),
    quiet(`meshrt ps · ${next} · Ctrl+C stops`),
  ].join('\n')
}
