import { MAX_WORKERS } from '../../model/spec.ts'
import { decimal, duration, either, integer, key, oneOf, type Shorthand } from '../fields.ts'
import { share } from './numbers.ts'

const count = () => either(integer({ min: 1, max: MAX_WORKERS }), oneOf('auto'))

/** What `workers` means as a map; without `max` the number does not change by itself. */
export const WORKERS_KEYS = {
  min: key(count(), { about: 'Never fewer workers than this; it starts with so many.', fallback: 1 }),
  max: key(count(), { about: 'Never more. Larger than `min`: the number follows the load.', fallbackNote: 'as `min`' }),
  targetELU: key(decimal({ min: 0.05, max: 0.95 }), {
    about: 'The event-loop utilisation per worker that the number of workers aims at.',
    fallback: 0.7,
  }),
  tolerance: key(share(), { about: 'Nothing changes while the mean is off the target by less than this share of it.', fallback: 0.1 }),
  stabilise: key(duration(), { about: 'Workers are removed only when they were not needed for this long.', fallback: '1m' }),
  cooldown: key(duration(), { about: 'Time between two changes of the number.', fallback: '20s' }),
}

export const WORKERS_SHORTHAND: Shorthand = {
  expects: `a whole number from 1 to ${MAX_WORKERS}, \`auto\`, or a map`,
  expand: (value) => (count().schema.safeParse(value).success ? { min: value, max: value } : value),
}
