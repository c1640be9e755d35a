import type { ServiceId } from '../model/ids.ts'
import type { ServiceSpec } from '../model/spec.ts'
import type { ServiceState } from '../model/view.ts'
import type { CallEdge } from '../supervision/stop-order.ts'

export interface DependentsQuestion {
  readonly services: readonly Pick<ServiceSpec, 'id' | 'dependsOn'>[]
  /** Calls that the mesh has seen. */
  readonly observed: readonly CallEdge[]
  readonly stateOf: (service: ServiceId) => ServiceState | null
}

/** Services that depend on this one, or have called it, and are not at rest themselves: whose requests it would miss. */
export function dependentsOf(id: ServiceId, { services, observed, stateOf }: DependentsQuestion): readonly ServiceId[] {
  const declared = services.filter(({ dependsOn }) => dependsOn.some(({ service }) => service === id)).map((service) => service.id)
  const callers = observed.filter(({ callee }) => callee === id).map(({ caller }) => caller)
  return [...new Set([...declared, ...callers])].filter((dependent) => {
    const state = stateOf(dependent)
    return dependent !== id && state !== null && state !== 'stopped' && state !== 'completed'
  })
}
