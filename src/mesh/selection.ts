/** Which of a service's targets gets the next request. Pure: cursor and chance come in as values. */

/** Where the caller's cursor for a service begins: at random, or else every caller would start with the first worker. */
export function startCursor(targets: number, entropy: number): number {
  return targets === 0 ? 0 : Math.floor(entropy * targets) % targets
}

/** The cursor of the next of so many targets. */
export function nextCursor(cursor: number, targets: number): number {
  return cursor + 1 < targets ? cursor + 1 : 0
}

/**
 * Index of the less busy of two that chance picks (M. Mitzenmacher, "The Power of Two Choices in Randomized Load
 * Balancing", 2001): as good as asking all of them, at a constant price, and callers that see the same numbers do not all
 * run to the same target.
 */
export function pickLeastPending<T>(targets: readonly T[], entropy: number, pendingOf: (target: T) => number): number {
  const count = targets.length
  if (count < 2) return count - 1
  // One number for both picks: of the pairs of two different targets.
  const pair = Math.floor(entropy * count * (count - 1))
  const first = Math.floor(pair / (count - 1)) % count
  const second = (first + 1 + (pair % (count - 1))) % count
  const a = targets[first]
  const b = targets[second]
  if (a === undefined || b === undefined) return first
  return pendingOf(b) < pendingOf(a) ? second : first
}
