import type * as z from 'zod'
import { guessName } from '../errors/guess-name.ts'
import { formatPath, type Path } from './finding.ts'
import { keyInfo } from './fields.ts'
import { SERVICE_KEYS } from './keys/service-keys.ts'
import { FILE_KEYS, keysAt } from './schema.ts'

/** What may have been meant by a key that is not known at this place. */
export function hintForUnknownKey(name: string, at: Path): string {
  if (at.at(-1) === 'dev' && at[0] === 'services' && name === 'enabled') return 'Beside `dev`: `enabled: { dev: false }`.'
  const known = Object.keys(keysAt(at) ?? {})
  const elsewhere = placesOf(name, at[0] === 'services' ? SERVICE_KEYS : FILE_KEYS, [])
  const guess = guessName(name, known)
  const hints = [
    ...(guess === null ? [] : [`Did you mean \`${guess}\`?`]),
    ...(elsewhere.length === 0 ? [] : [`\`${name}\` is a key of ${elsewhere.map((place) => `\`${place}\``).join(' and ')}.`]),
  ]
  return hints.length === 0 ? `Known here: ${known.join(', ')}.` : hints.join(' ')
}

/** The blocks that know a key of this name. */
function placesOf(name: string, keys: z.ZodRawShape, at: Path): readonly string[] {
  const places: string[] = []
  for (const [block, schema] of Object.entries(keys)) {
    const info = keyInfo(schema)
    const inner = info?.keys
    if (!inner || info.repeats) continue
    const path = [...at, block]
    if (Object.hasOwn(inner, name)) places.push(formatPath(path))
    places.push(...placesOf(name, inner, path))
  }
  return places
}
