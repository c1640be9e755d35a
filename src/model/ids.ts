/** Identities and the one place that formats them. */

declare const brand: unique symbol

/** A service's name in the runtime file; matches `SERVICE_ID` and so is a valid host label. */
export type ServiceId = string & { readonly [brand]: 'ServiceId' }

/** A position in a service's pool, stable across restarts: `auth/2`. */
export interface SlotId {
  readonly service: ServiceId
  readonly slot: number
}

/** One incarnation in a slot: `auth/2#7`. Generations only ever grow within a slot. */
export interface WorkerId extends SlotId {
  readonly generation: number
}

/** `formatWorkerId` of a worker, used as a map key and on the wire between threads. */
export type WorkerKey = string & { readonly [brand]: 'WorkerKey' }

/** The pattern of a service id: a DNS label, because the id becomes a host name. */
const SERVICE_ID = /^[a-z][a-z0-9-]{0,62}$/

export function isServiceId(text: string): text is ServiceId {
  return SERVICE_ID.test(text)
}

/** @throws RangeError when the text is not a service id. */
export function serviceId(text: string): ServiceId {
  if (!isServiceId(text)) throw new RangeError(`Not a service id: ${JSON.stringify(text)}`)
  return text
}

export function formatSlotId(id: SlotId): string {
  return `${id.service}/${id.slot}`
}

export function formatWorkerId(id: WorkerId): WorkerKey {
  return `${id.service}/${id.slot}#${id.generation}` as WorkerKey
}

/** The service of a worker whose key this is. */
export function serviceOfKey(key: WorkerKey): ServiceId {
  return key.slice(0, key.indexOf('/')) as ServiceId
}

/** A service, or one slot of it. */
export interface Target {
  readonly service: ServiceId
  readonly slot: number | null
}

/** `auth` or `auth/2`, as an operator names it. */
export function formatTarget({ service, slot }: Target): string {
  return slot === null ? service : formatSlotId({ service, slot })
}

/** What an operator may name on the command line: `auth` or `auth/2`. Null when the text is neither. */
export function parseTarget(text: string): Target | null {
  const [service = '', slot, ...rest] = text.split('/')
  if (rest.length > 0 || !isServiceId(service)) return null
  if (slot === undefined) return { service, slot: null }
  return /^\d{1,4}$/.test(slot) ? { service, slot: Number(slot) } : null
}
