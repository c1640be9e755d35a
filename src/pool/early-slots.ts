import type { RuntimeSpec, ServiceSpec } from '../model/spec.ts'

export interface EarlySlot {
  readonly service: ServiceSpec
  readonly slot: number
}

/**
 * The slots whose threads are worth starting before their workers are launched, at most `count`: first those of services that wait for nobody, and of each
 * service one before any has two. Not where something of the service would run at once, or what it runs in is not known yet.
 */
export function pickEarlySlots({ services }: Pick<RuntimeSpec, 'services'>, count: number): readonly EarlySlot[] {
  const candidates = services
    .filter(isPlainThread)
    .flatMap((service) => Array.from({ length: Math.min(service.workers, count) }, (_, slot) => ({ service, slot })))
  return candidates.toSorted((a, b) => waits(a) - waits(b) || a.slot - b.slot).slice(0, count)
}

function isPlainThread({ source, isolation, permissions, node, typescript }: ServiceSpec): boolean {
  return source.kind === 'module' && isolation === 'thread' && permissions === null && node.execArgv.length === 0 && typescript !== 'tsx'
}

function waits({ service }: EarlySlot): number {
  return service.dependsOn.length > 0 ? 1 : 0
}
