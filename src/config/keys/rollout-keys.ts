import { duration, key } from '../fields.ts'
import { count } from './numbers.ts'

export const ROLLOUT_KEYS = {
  maxSurge: key(count(0), { about: 'So many workers more than usual may run at the same time.', fallback: 1 }),
  maxUnavailable: key(count(0), {
    about: 'So many workers may be missing: they are stopped first, and then replaced.',
    fallback: 0,
  }),
  settle: key(duration(), { about: 'A new worker has to live for this long before it gets requests.', fallback: '0s' }),
}
