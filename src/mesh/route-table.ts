import type { ServiceId, WorkerKey } from '../model/ids.ts'
import type { RouteSnapshot, ServiceRoute, Target } from '../model/routes.ts'

/** Pure changes of the routes: each gives a new snapshot of the next version, or the same one when nothing changes. */

const OPEN: ServiceRoute = { state: 'open', targets: [] }
const DENIED: ServiceRoute = { state: 'denied', targets: [] }

export function withTarget(snapshot: RouteSnapshot, service: ServiceId, target: Target): RouteSnapshot {
  const route = routeOf(snapshot, service) ?? OPEN
  if (route.targets.some(({ worker }) => worker === target.worker)) return snapshot
  return withRoute(snapshot, service, { ...route, targets: [...route.targets, target] })
}

export function withoutTarget(snapshot: RouteSnapshot, service: ServiceId, worker: WorkerKey): RouteSnapshot {
  const route = routeOf(snapshot, service)
  const targets = route?.targets.filter((target) => target.worker !== worker)
  if (route === undefined || targets === undefined || targets.length === route.targets.length) return snapshot
  return withRoute(snapshot, service, { ...route, targets })
}

export function withState(snapshot: RouteSnapshot, service: ServiceId, state: ServiceRoute['state']): RouteSnapshot {
  const route = routeOf(snapshot, service)
  if (route?.state === state) return snapshot
  return withRoute(snapshot, service, { ...OPEN, ...route, state })
}

export function withoutService(snapshot: RouteSnapshot, service: ServiceId): RouteSnapshot {
  if (routeOf(snapshot, service) === undefined) return snapshot
  const services = Object.fromEntries(Object.entries(snapshot.services).filter(([id]) => id !== service))
  return { version: snapshot.version + 1, services }
}

/** The runtime doubts a target, or trusts it again. */
export function withStanding(snapshot: RouteSnapshot, target: { readonly worker: WorkerKey; readonly suspect: boolean }): RouteSnapshot {
  const service = serviceOfTarget(snapshot, target.worker)
  const route = service === undefined ? undefined : routeOf(snapshot, service)
  if (service === undefined || route === undefined) return snapshot
  if (route.targets.some(({ worker, suspect }) => worker === target.worker && suspect === target.suspect)) return snapshot
  const targets = route.targets.map((one) => (one.worker === target.worker ? { ...one, suspect: target.suspect } : one))
  return withRoute(snapshot, service, { ...route, targets })
}

/** What a caller gets to see that must not call some services: that they exist, but no way to them. */
export function withoutDenied(snapshot: RouteSnapshot, denied: readonly ServiceId[]): RouteSnapshot {
  const known = denied.filter((service) => routeOf(snapshot, service) !== undefined)
  if (known.length === 0) return snapshot
  return { ...snapshot, services: { ...snapshot.services, ...Object.fromEntries(known.map((service) => [service, DENIED])) } }
}

/** The service that a worker is routed for, if it is. */
export function serviceOfTarget(snapshot: RouteSnapshot, worker: WorkerKey): ServiceId | undefined {
  const services = Object.keys(snapshot.services) as ServiceId[]
  return services.find((service) => routeOf(snapshot, service)?.targets.some((target) => target.worker === worker))
}

/** Safe for any name, also one that objects inherit. */
export function routeOf(snapshot: RouteSnapshot, service: string): ServiceRoute | undefined {
  return Object.hasOwn(snapshot.services, service) ? snapshot.services[service as ServiceId] : undefined
}

function withRoute(snapshot: RouteSnapshot, service: ServiceId, route: ServiceRoute): RouteSnapshot {
  return { version: snapshot.version + 1, services: { ...snapshot.services, [service]: route } }
}
