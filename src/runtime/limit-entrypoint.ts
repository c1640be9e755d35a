import type { EventOf } from '../model/events.ts'
import { findService, type RuntimeSpec, type ServiceSpec } from '../model/spec.ts'

/** The spec with no more workers of the entrypoint than can share its port. */
export function limitEntrypoint(spec: RuntimeSpec, maxWorkers: number): RuntimeSpec {
  const services = spec.services.map((service) => {
    if (service.id !== spec.entrypoint || mostWorkers(service) <= maxWorkers) return service
    return { ...service, workers: Math.min(service.workers, maxWorkers), scaling: null }
  })
  return { ...spec, services }
}

/** What has become of the workers that were asked for; told when the runtime starts. */
export function limitedServices(asked: RuntimeSpec, spec: RuntimeSpec): readonly EventOf<'service.limited'>[] {
  return spec.services.flatMap((service) => {
    const { id, workers } = service
    const wanted = mostWorkers(findService(asked, id) ?? service)
    return wanted === mostWorkers(service) ? [] : [{ type: 'service.limited', service: id, workers, asked: wanted } as const]
  })
}

function mostWorkers({ workers, scaling }: ServiceSpec): number {
  return scaling?.max ?? workers
}
