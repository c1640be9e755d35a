import { closest, distance } from 'fastest-levenshtein'

/** The name that was probably meant; null when none is near. */
export function suggest(name: string, known: readonly string[]): string | null {
  if (known.length === 0 || name.length > MAX_GUESSED) return null
  const guess = closest(name, known)
  return distance(name, guess) <= Math.max(1, Math.ceil(name.length * MAX_DIFFERENCE)) ? guess : null
}

const MAX_GUESSED = 64

/** So that two letters that changed places in a name of four are forgiven. */
const MAX_DIFFERENCE = 0.4
