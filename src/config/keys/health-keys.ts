import { duration, field, flag, key, size } from '../fields.ts'
import { TB } from '../units.ts'
import { share, count } from './numbers.ts'

/** A path to ask for, `export` for the module's own function, or nothing. */
const checkOf = () =>
  field('a path that starts with a slash, `export` or `none`', (value) =>
    typeof value === 'string' && /^(?:none|export|\/[\x21-\x7e]*)$/.test(value) ? value : undefined,
  )

export const HEALTH_KEYS = {
  enabled: key(flag(), { about: 'Check the workers at all.', fallback: true, fallbackNote: '`true` in `start`, `false` in `dev`' }),
  interval: key(duration({ min: 10 }), { about: 'Time between two checks.', fallback: '5s' }),
  gracePeriod: key(duration(), { about: 'A new worker is not judged for this long, unless its loop is blocked.', fallback: '30s' }),
  maxUnhealthyChecks: key(count(1), { about: 'Bad checks in a row after which a worker is replaced.', fallback: 3 }),
  maxELU: key(share(), { about: 'Event-loop utilisation above which a check is bad; 0 turns it off.', fallback: 0.98 }),
  maxHeapUsed: key(share(), { about: 'Share of the heap limit above which a check is bad; 0 turns it off.', fallback: 0.95 }),
  blockedAfter: key(duration({ min: 100 }), {
    about: 'A worker whose loop has not turned for this long is killed; not in `dev`, nor while an inspector is open.',
    fallback: '15s',
  }),
  maxEventLoopDelay: key(duration(), { about: 'Delay of a timer in the worker above which a check is bad; 0 turns it off.', fallback: 0 }),
  maxResponseTime: key(duration(), {
    about: 'The time within which 99 of 100 requests of the last ten seconds were answered, above which a check is bad; 0 turns it off.',
    fallback: 0,
  }),
  maxRSS: key(size({ min: 0, max: TB }), {
    about:
      'Memory of the process above which a worker is pressed; 0 turns it off. All threads share it, so nobody is replaced for it: see docs/health.md.',
    fallback: 0,
  }),
  check: key(checkOf(), {
    about: "The service's own check: a path that must answer with 2xx or 3xx, or `export` for the module's function `health`.",
    fallback: 'none',
  }),
  checkTimeout: key(duration({ min: 1 }), { about: 'How long `check` may take.', fallback: '1s' }),
}

export const REPLACEMENT_KEYS = {
  perService: key(count(1), { about: 'Unhealthy workers of one service that are replaced at a time.', fallback: 1 }),
  total: key(count(1), { about: 'Unhealthy workers of all services that are replaced at a time.', fallback: 2 }),
}
