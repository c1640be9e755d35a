import type { EventOf } from '../model/events.ts'
import { findService, type RuntimeSpec } from '../model/spec.ts'

/** The spec with no more workers of the entrypoint than can share its port. */
export function limitEntrypoint(spec: RuntimeSpec, maxWorkers: number): RuntimeSpec {
  const services = spec.services.map((service) =>
    service.id === spec.entrypoint && service.workers > maxWorkers ? { ...service, workers: maxWorkers } : service,
  )
  return { ...spec, services }
}

/** What has become of the workers that were asked for; told when the runtime starts. */
export function limitedServices(asked: RuntimeSpec, spec: RuntimeSpec): readonly EventOf<'service.limited'>[] {
  return spec.services.flatMap(({ id, workers }) => {
    const wanted = findService(asked, id)?.workers ?? workers
    return wanted === workers ? [] : [{ type: 'service.limited', service: id, workers, asked: wanted } as const]
  })
}
