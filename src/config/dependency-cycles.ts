/**
 * Every cycle that a depth-first walk closes, in walking order; at least one for each group of nodes that depend on each other.
 * A node that depends on itself is not reported.
 */
export function findCycles(dependencies: ReadonlyMap<string, readonly string[]>): readonly Cycle[] {
  const cycles: Cycle[] = []
  const done = new Set<string>()
  const trail: string[] = []
  const visit = (id: string): void => {
    if (done.has(id)) return
    trail.push(id)
    for (const next of dependencies.get(id) ?? []) {
      const start = trail.indexOf(next)
      if (start === -1) visit(next)
      else if (next !== id) cycles.push({ from: id, to: next, trail: [...trail.slice(start), next] })
    }
    trail.pop()
    done.add(id)
  }
  for (const id of dependencies.keys()) visit(id)
  return cycles
}

/** The edge that closes the cycle, and the way around: `auth, db, auth`. */
export interface Cycle {
  readonly from: string
  readonly to: string
  readonly trail: readonly string[]
}
