/**
 * What a caller remembers of a line that has broken while its worker, as far as the runtime says, is there: a server that does not listen for a
 * moment, a ledger that could not be made. It is tried again after a while, which grows with each time. Pure: the time comes in as a value.
 */
export interface Breakage {
  /** When it may be tried again. */
  readonly untilMs: number
  /** How often in a row, without the line having held for a while in between. */
  readonly breaks: number
}

export const NEVER_BROKEN: Breakage = { untilMs: Number.NEGATIVE_INFINITY, breaks: 0 }

const SHORTEST_MS = 250
const LONGEST_MS = 5_000

/** A line that has held for so long begins anew. */
const HELD_MS = 5_000

export function afterBreak({ untilMs, breaks }: Breakage, nowMs: number): Breakage {
  const inARow = nowMs - untilMs >= HELD_MS ? 1 : breaks + 1
  return { untilMs: nowMs + Math.min(LONGEST_MS, SHORTEST_MS * 2 ** (inARow - 1)), breaks: inARow }
}
