import { closest, distance } from 'fastest-levenshtein'
import type { z } from 'zod'
import { formatPath, type Path } from './finding.ts'
import { keyInfo } from './fields.ts'
import { FILE_KEYS, SERVICE_KEYS, keysAt } from './schema.ts'

const MAX_GUESSED = 40

/** What may have been meant by a key that is not known at this place. */
export function hintForUnknownKey(name: string, at: Path): string {
  const known = Object.keys(keysAt(at) ?? {})
  const elsewhere = placesOf(name, at[0] === 'services' ? SERVICE_KEYS : FILE_KEYS, [])
  if (elsewhere.length > 0) return `\`${name}\` is a key of ${elsewhere.map((place) => `\`${place}\``).join(' and ')}.`
  const guess = guessName(name, known)
  return guess === null ? `Known here: ${known.join(', ')}.` : `Did you mean \`${guess}\`?`
}

/** The name that differs least, if it does not differ much. */
export function guessName(name: string, known: readonly string[]): string | null {
  if (known.length === 0 || name.length > MAX_GUESSED) return null
  const lower = name.toLowerCase()
  const same = known.find((candidate) => candidate.toLowerCase() === lower)
  if (same !== undefined) return same
  const guess = closest(lower, known)
  const tolerated = name.length < 4 ? 1 : Math.max(2, Math.floor(name.length / 3))
  return distance(lower, guess.toLowerCase()) <= tolerated ? guess : null
}

/** The blocks that know a key of this name. */
function placesOf(name: string, keys: z.ZodRawShape, at: Path): readonly string[] {
  const places: string[] = []
  for (const [block, schema] of Object.entries(keys)) {
    const inner = keyInfo(schema)?.keys
    if (!inner) continue
    const path = [...at, block]
    if (Object.hasOwn(inner, name)) places.push(formatPath(path))
    places.push(...placesOf(name, inner, path))
  }
  return places
}
