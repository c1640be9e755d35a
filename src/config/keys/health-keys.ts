import { duration, flag, key } from '../fields.ts'
import { share, count } from './numbers.ts'

export const HEALTH_KEYS = {
  enabled: key(flag(), { about: 'Check the workers at all.', fallback: true, fallbackNote: '`true` in `start`, `false` in `dev`' }),
  interval: key(duration({ min: 10 }), { about: 'Time between two checks.', fallback: '5s' }),
  gracePeriod: key(duration(), { about: 'A new worker is not judged for this long, unless its loop is blocked.', fallback: '30s' }),
  maxUnhealthyChecks: key(count(1), { about: 'Bad checks in a row after which a worker is replaced.', fallback: 3 }),
  maxELU: key(share(), { about: 'Event-loop utilisation above which a check is bad; 0 turns it off.', fallback: 0.98 }),
  maxHeapUsed: key(share(), { about: 'Share of the heap limit above which a check is bad; 0 turns it off.', fallback: 0.95 }),
  blockedAfter: key(duration({ min: 100 }), { about: 'A worker whose loop has not turned for this long is killed.', fallback: '15s' }),
}
