import { closest, distance } from 'fastest-levenshtein'

/** A name that nobody typed by mistake; comparing it would only cost time. */
const MAX_GUESSED = 64

/** The known name that was probably meant: the one that differs least, if it does not differ much. Letter case is forgiven. */
export function guessName(name: string, known: readonly string[]): string | null {
  if (known.length === 0 || name.length > MAX_GUESSED) return null
  const lower = name.toLowerCase()
  const same = known.find((candidate) => candidate.toLowerCase() === lower)
  if (same !== undefined) return same
  const guess = closest(lower, known)
  const tolerated = name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3))
  return distance(lower, guess.toLowerCase()) <= tolerated ? guess : null
}
