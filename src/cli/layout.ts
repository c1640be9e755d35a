/** Which columns of a table fit a terminal, and how wide they are. Pure; widths are in terminal cells. */
export interface LayoutColumn {
  readonly title: string
  /** The higher, the sooner it is left out; 0 = never. */
  readonly dropRank: number
  /** May be cut down to this width before anything is left out. */
  readonly minWidth?: number
}

export interface ChosenColumn {
  readonly index: number
  readonly width: number
}

export const GAP = 2

/** The widest choice that fits; without a limit everything at its natural width. Never wraps: what cannot be left out is cut. */
export function chooseColumns(
  columns: readonly LayoutColumn[],
  { natural, maxWidth }: { natural: readonly number[]; maxWidth: number | null },
): readonly ChosenColumn[] {
  const all = columns.map((column, index) => ({ column, index, width: natural[index] ?? 0 }))
  if (maxWidth === null) return all.map(({ index, width }) => ({ index, width }))
  let chosen = all
  while (totalWidth(chosen.map(narrowest)) > maxWidth) {
    const worst = chosen.reduce((a, b) => (b.column.dropRank > a.column.dropRank ? b : a), chosen[0] as Candidate)
    if (worst.column.dropRank === 0) return squeeze(chosen, maxWidth)
    chosen = chosen.filter((candidate) => candidate !== worst)
  }
  return shareOut(chosen, maxWidth)
}

interface Candidate {
  readonly column: LayoutColumn
  readonly index: number
  readonly width: number
}

function narrowest({ column, width }: Candidate): number {
  return Math.min(width, Math.max(column.minWidth ?? width, column.title.length))
}

/** Columns that can be cut get what the others leave, the first ones first. */
function shareOut(chosen: readonly Candidate[], maxWidth: number): readonly ChosenColumn[] {
  let spare = maxWidth - totalWidth(chosen.map(narrowest))
  return chosen.map((candidate) => {
    const extra = Math.min(spare, candidate.width - narrowest(candidate))
    spare -= extra
    return { index: candidate.index, width: narrowest(candidate) + extra }
  })
}

/** Narrower than even the columns that stay: the last is cut first, then those before it. */
function squeeze(chosen: readonly Candidate[], maxWidth: number): readonly ChosenColumn[] {
  let excess = totalWidth(chosen.map(narrowest)) - maxWidth
  return chosen
    .toReversed()
    .map((candidate) => {
      const cut = Math.min(excess, narrowest(candidate) - 1)
      excess -= cut
      return { index: candidate.index, width: narrowest(candidate) - cut }
    })
    .toReversed()
}

function totalWidth(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, 0) + GAP * Math.max(0, widths.length - 1)
}
