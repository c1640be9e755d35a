/** Which of a service's targets gets the next request. Pure: the cursor comes in and goes out. */

/** Where the caller's cursor for a service begins: at random, or else every caller would start with the first worker. */
export function startCursor(targets: number, entropy: number): number {
  return targets === 0 ? 0 : Math.floor(entropy * targets) % targets
}

/** Index of the next usable target after the cursor, -1 when there is none. One step unless some are unusable. */
export function pickRoundRobin<T>(targets: readonly T[], cursor: number, isUsable: (target: T) => boolean): number {
  const count = targets.length
  for (let step = 0; step < count; step++) {
    const index = (cursor + step) % count
    const target = targets[index]
    if (target !== undefined && isUsable(target)) return index
  }
  return -1
}
