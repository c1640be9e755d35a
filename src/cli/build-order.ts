import type { ServiceId } from '../model/ids.ts'
import type { ServiceSpec } from '../model/spec.ts'

/** The services in the order of the file, but each after all that it depends on, directly or not. There are no cycles. */
export function buildOrder(services: readonly ServiceSpec[]): readonly ServiceSpec[] {
  const byId = new Map<ServiceId, ServiceSpec>(services.map((service) => [service.id, service]))
  const ordered = new Set<ServiceSpec>()
  const visit = (service: ServiceSpec): void => {
    if (ordered.has(service)) return
    for (const { service: id } of service.dependsOn) {
      const needed = byId.get(id)
      if (needed) visit(needed)
    }
    ordered.add(service)
  }
  for (const service of services) visit(service)
  return [...ordered]
}
