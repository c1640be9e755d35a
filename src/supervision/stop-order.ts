import type { ServiceId } from '../model/ids.ts'

/** `caller` stops before `callee`. */
export interface CallEdge {
  readonly caller: ServiceId
  readonly callee: ServiceId
}

/**
 * For each service, the services that have to be gone before it may stop: those that depend on it or call it, the
 * entrypoint before all. An edge that would close a cycle is left out; declared ones are taken first, observed ones last.
 */
export function stopOrder(
  services: readonly ServiceId[],
  edges: { readonly declared: readonly CallEdge[]; readonly entrypoint: ServiceId | null; readonly observed: readonly CallEdge[] },
): ReadonlyMap<ServiceId, readonly ServiceId[]> {
  const before = new Map<ServiceId, ServiceId[]>(services.map((id) => [id, []]))
  const { entrypoint } = edges
  const first = entrypoint === null ? [] : services.map((callee) => ({ caller: entrypoint, callee }))
  for (const { caller, callee } of [...edges.declared, ...first, ...edges.observed]) {
    const waits = before.get(callee)
    if (!waits || !before.has(caller) || waits.includes(caller) || reaches(before, { from: caller, to: callee })) continue
    waits.push(caller)
  }
  return before
}

/** Whether `from` already waits, directly or not, for `to`. */
function reaches(
  before: ReadonlyMap<ServiceId, readonly ServiceId[]>,
  { from, to }: { readonly from: ServiceId; readonly to: ServiceId },
): boolean {
  const seen = new Set<ServiceId>()
  const open = [from]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (id === to) return true
    if (seen.has(id)) continue
    seen.add(id)
    open.push(...(before.get(id) ?? []))
  }
  return false
}
