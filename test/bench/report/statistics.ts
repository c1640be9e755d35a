/** The middle of a set of measurements, and how far they lie apart. */
export interface Summary {
  readonly median: number
  readonly min: number
  readonly max: number
}

/** @throws RangeError when there is nothing to summarise. */
export function summarise(values: readonly number[]): Summary {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/** Mean of the two in the middle when there is an even number of values. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[Math.floor(sorted.length / 2)]
  const lower = sorted[Math.ceil(sorted.length / 2) - 1]
  if (upper === undefined || lower === undefined) throw new RangeError('Cannot take the median of nothing')
  return (lower + upper) / 2
}

/** Nearest rank: the smallest value that at least `percent` of the values do not exceed. `sorted` is ascending. */
export function percentile(sorted: ArrayLike<number>, percent: number): number {
  const rank = Math.max(1, Math.ceil((percent / 100) * sorted.length))
  const value = sorted[rank - 1]
  if (value === undefined) throw new RangeError(`Cannot take percentile ${percent} of ${sorted.length} values`)
  return value
}

/**
 * Round by round, so that what disturbs the machine for a while disturbs both sides of a ratio.
 * @throws RangeError when the two did not run the same number of rounds.
 */
export function ratiosByRound(subject: readonly number[], peer: readonly number[]): readonly number[] {
  if (subject.length !== peer.length) throw new RangeError(`Cannot compare ${subject.length} rounds with ${peer.length}`)
  return subject.map((value, round) => value / (peer[round] ?? Number.NaN))
}
