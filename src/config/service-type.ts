import { isServiceId, type ServiceId } from '../model/ids.ts'
import type { Isolation, RestartPolicy, ServiceType } from '../model/spec.ts'
import { DEFAULTS } from './defaults.ts'
import { given } from './given.ts'
import type { RuntimeFile, ServiceBlock } from './schema.ts'

/** What the type of a service decides about its other keys. */

export function typeOf(service: ServiceBlock | undefined): ServiceType {
  return service?.type ?? DEFAULTS.service.type
}

export function canServe(service: ServiceBlock | undefined): boolean {
  const type = typeOf(service)
  return type === 'auto' || type === 'service'
}

/** The entrypoint's sockets are lent to modules. */
export function canBeEntrypoint(service: ServiceBlock | undefined): boolean {
  return canServe(service) && service?.command === undefined && service?.url === undefined
}

/** Threads of one process cannot be kept apart as well as processes. */
export function isolationOf({ isolation, permissions }: ServiceBlock): Isolation {
  return isolation ?? (permissions === undefined ? DEFAULTS.service.isolation : 'process')
}

/** A oneshot that succeeds is never started again, whatever the runtime says of its services. */
export function restartPolicyOf(file: RuntimeFile, service: ServiceBlock | undefined): RestartPolicy {
  const inherited = file.restart?.policy ?? DEFAULTS.restart.policy
  const fallback = typeOf(service) === 'oneshot' && inherited === 'always' ? 'on-failure' : inherited
  return service?.restart?.policy ?? fallback
}

/** A port of a service's own cannot be had by two workers at a time, whatever the runtime says of its services. */
export function rolloutOf(file: RuntimeFile, service: ServiceBlock | undefined) {
  const alone = service?.listen === 'passthrough' ? { maxSurge: 0, maxUnavailable: 1 } : {}
  return { ...DEFAULTS.rollout, ...given(file.rollout), ...alone, ...given(service?.rollout) }
}

/** `ids` are the enabled ones. The only one that can serve, unless another is named. */
export function entrypointOf(file: RuntimeFile, ids: readonly string[]): ServiceId | null {
  const [only, ...others] = ids.filter((id) => canBeEntrypoint(file.services?.[id]))
  const id = file.entrypoint ?? (others.length === 0 ? only : undefined)
  return id !== undefined && ids.includes(id) && isServiceId(id) ? id : null
}
