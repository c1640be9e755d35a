import type { ServiceId } from '../model/ids.ts'
import type { KeyChange, ReloadEffect, ReloadPlan, ServiceStep } from '../model/reload.ts'
import { findService, type RuntimeSpec, type ServiceSpec } from '../model/spec.ts'
import { RUNTIME_EFFECTS, SERVICE_EFFECTS, effectOf } from './reload-effects.ts'
import { treeChanges, withoutSecrets } from './tree-changes.ts'

/** A spec, and the same in the shape and the words of the runtime file, with nothing hidden. */
export interface DescribedSpec {
  readonly spec: RuntimeSpec
  readonly description: Readonly<Record<string, unknown>> & { readonly services: Readonly<Record<string, unknown>> }
}

/**
 * The way from one spec to another. What a service depends on comes before it; removed services come last, those that depend on others
 * first.
 */
export function planReload(before: DescribedSpec, after: DescribedSpec): ReloadPlan {
  const { services: servicesBefore, ...runtimeBefore } = before.description
  const { services: servicesAfter, ...runtimeAfter } = after.description
  const runtime = keyChanges({ before: runtimeBefore, after: runtimeAfter }, RUNTIME_EFFECTS)
  const steps: ServiceStep[] = []
  const unchanged: ServiceId[] = []
  for (const service of dependenciesFirst(after.spec.services)) {
    const { id, workers } = service
    if (!findService(before.spec, id)) {
      steps.push({ kind: 'added', service: id, workers })
      continue
    }
    const changes = keyChanges({ before: servicesBefore[id], after: servicesAfter[id] }, SERVICE_EFFECTS)
    const concerned = runtime.some(({ key, effect }) => effect === 'roll' && concerns(service, key))
    // What has run to its end does so again for its own sake only.
    const roll = changes.some(({ effect }) => effect === 'roll') || (concerned && service.type !== 'oneshot')
    if (concerned || changes.length > 0) steps.push({ kind: 'changed', service: id, roll, changes })
    else unchanged.push(id)
  }
  const gone = dependenciesFirst(before.spec.services).filter(({ id }) => !findService(after.spec, id))
  for (const { id } of gone.toReversed()) steps.push({ kind: 'removed', service: id })
  return { runtime, steps, unchanged }
}

/** Keys that a reload cannot change; the whole plan is refused for them. */
export function needingRestart({ runtime, steps }: ReloadPlan): readonly KeyChange[] {
  const ofServices = steps.flatMap((step) => (step.kind === 'changed' ? step.changes : []))
  return [...runtime, ...ofServices].filter(({ effect }) => effect === 'restart')
}

/** How many workers a service is to have after a change of its spec: what was asked for by hand, or by the load, stays if it may. */
export function sizeAfter(size: number, { before, after }: { readonly before: ServiceSpec; readonly after: ServiceSpec }): number {
  const { workers, scaling } = after
  if (scaling !== null) return Math.min(scaling.max, Math.max(scaling.min, size))
  return before.scaling === null && before.workers === workers ? size : workers
}

function keyChanges(
  { before, after }: { readonly before: unknown; readonly after: unknown },
  effects: Readonly<Record<string, ReloadEffect>>,
): readonly KeyChange[] {
  return treeChanges(before, after).map((change) => {
    const { path, ...values } = withoutSecrets(change)
    const key = path.join('.')
    const given = Object.entries(values).filter(([, value]) => value !== undefined)
    return { key, ...Object.fromEntries(given), effect: effectOf(key, effects) }
  })
}

/** Whether workers of the service have anything to do with a key of the runtime: only modules call others through the mesh of their own. */
function concerns({ source }: ServiceSpec, key: string): boolean {
  return key.startsWith('mesh.') ? source.kind === 'module' : source.kind !== 'remote'
}

/** As the file has them, but each after what it waits for. */
function dependenciesFirst(services: readonly ServiceSpec[]): readonly ServiceSpec[] {
  const sorted = new Set<ServiceSpec>()
  const visit = (service: ServiceSpec, above: ReadonlySet<ServiceId>): void => {
    if (above.has(service.id)) return
    for (const edge of service.dependsOn) {
      const dependency = services.find(({ id }) => id === edge.service)
      if (dependency && !sorted.has(dependency)) visit(dependency, new Set([...above, service.id]))
    }
    sorted.add(service)
  }
  for (const service of services) visit(service, new Set())
  return [...sorted]
}
