import type { IngressGrant, WorkerBoot } from '../itc/protocol.ts'
import type { WorkerId } from '../model/ids.ts'
import type { ServiceSpec } from '../model/spec.ts'
import type { RouteSnapshot } from '../model/routes.ts'
import type { HostingOptions } from './incarnation.ts'

interface BootOptions {
  readonly options: HostingOptions
  readonly routes: RouteSnapshot
  readonly ingress: IngressGrant | null
  readonly ownVariables: readonly string[]
}

/** What a worker is told at its birth, wherever it lives. */
export function workerBoot(id: WorkerId, { options, routes, ingress, ownVariables }: BootOptions): WorkerBoot {
  const { spec, mode, mesh, lineDir } = options
  return {
    id,
    mode,
    service: {
      path: spec.path,
      entry: entryOf(spec),
      config: spec.config,
      type: spec.type,
      listen: spec.listen,
      check: spec.health.check,
      preload: spec.node.preload,
    },
    mesh,
    routes,
    lineDir,
    ingress,
    reportFiles: spec.watch.enabled,
    ownVariables,
  }
}

export function entryOf({ id, source }: ServiceSpec): string {
  if (source.kind !== 'module') throw new Error(`Cannot host "${id}": it is no module`)
  return source.entry
}
