import { decimal, duration, key, oneOf } from '../fields.ts'
import { share, count } from './numbers.ts'

export const RESTART_KEYS = {
  policy: key(oneOf('always', 'on-failure', 'never'), {
    about: 'After which exits a worker is started again.',
    fallback: 'always',
    fallbackNote: '`always`; `on-failure` for a `oneshot`',
  }),
  delay: key(duration(), { about: 'Wait before the first restart.', fallback: '100ms' }),
  factor: key(decimal({ min: 1, max: 100 }), { about: 'Each further wait is this many times longer.', fallback: 2 }),
  maxDelay: key(duration(), { about: 'No wait is longer than this.', fallback: '30s' }),
  jitter: key(share(), { about: 'Share of the wait that chance adds or takes away.', fallback: 0.2 }),
  maxAttempts: key(count(0), { about: 'Crashes within `window` that are followed by a restart; one more is too many.', fallback: 5 }),
  window: key(duration({ min: 1 }), { about: 'The time over which `maxAttempts` counts.', fallback: '1m' }),
  maxPerHour: key(count(0), { about: 'Crashes within an hour that are followed by a restart.', fallback: 20 }),
  startAttempts: key(count(1), { about: 'Starts in a row that may fail.', fallback: 5 }),
  stableAfter: key(duration(), { about: 'A worker that was ready for this long makes the next wait short again.', fallback: '30s' }),
  probeAfter: key(duration(), {
    about: 'When restarts are used up, one worker is tried after this long; 0 = never.',
    fallback: '1m',
    fallbackNote: '`1m`; `0` for a `oneshot`',
  }),
}
