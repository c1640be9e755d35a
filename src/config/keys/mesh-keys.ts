import { block, duration, key, mapOf, oneOf, size, textMatching, texts } from '../fields.ts'
import { GB } from '../units.ts'
import { share, count } from './numbers.ts'

const MESH_DOMAIN = /^\.?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i

export const HOLD_KEYS = {
  time: key(duration(), { about: 'How long a request waits for a service that has no ready worker.', fallback: '5s' }),
  max: key(count(0), { about: 'How many requests wait for one service; the rest is answered with 503.', fallback: 1000 }),
}

export const TIMEOUT_KEYS = {
  headers: key(duration(), { about: 'How long a mesh request waits for the response headers; 0 = no limit.', fallback: '30s' }),
  bodyIdle: key(duration(), { about: 'How long a body may stand still before it is given up; 0 = no limit.', fallback: 0 }),
}

export const RETRY_KEYS = {
  budget: key(share(), { about: 'Share of the requests of the last ten seconds that may be sent a second time.', fallback: 0.2 }),
  min: key(count(0), { about: 'That many per second may be, whatever the traffic.', fallback: 10 }),
}

export const CIRCUIT_KEYS = {
  failures: key(count(0), {
    about:
      'After so many requests in a row without a proper answer, a worker gets no more for a while; 0 = never. A status of 500 is a proper answer.',
    fallback: 5,
  }),
  openFor: key(duration({ min: 1 }), {
    about: 'For how long; then one request tries it. Twice as long each time that one fails.',
    fallback: '1s',
  }),
  maxOpenFor: key(duration({ min: 1 }), { about: 'Never longer than this.', fallback: '30s' }),
}

const maxInFlight = () => count(0)

export const MESH_KEYS = {
  domain: key(textMatching('a domain such as .plt.local', MESH_DOMAIN), {
    about: 'Services are called at `http://<id><domain>`. The leading dot is optional.',
    fallback: '.plt.local',
  }),
  selection: key(oneOf('round-robin', 'least-pending'), {
    about: 'How a request finds one of the workers of a service: in turns, or the less busy of two taken at random.',
    fallback: 'round-robin',
  }),
  stuckAfter: key(duration(), {
    about:
      'A worker that has not taken a request for this long is passed over, and what it has not taken is answered by others; 0 = never.',
    fallback: '250ms',
  }),
  hold: block(HOLD_KEYS, 'What happens to requests while a service has no ready worker.'),
  timeouts: block(TIMEOUT_KEYS, 'Limits of a mesh request; there is none on its total time.'),
  retry: block(RETRY_KEYS, 'How many requests may be sent a second time, when the first worker ended or had no room.'),
  circuit: block(CIRCUIT_KEYS, 'When a caller leaves a worker alone that keeps failing.'),
  maxInFlight: key(maxInFlight(), {
    about: 'Mesh requests that one worker handles at a time; more are answered with 503. 0 = no limit.',
    fallback: 0,
  }),
  deny: mapOf(texts('a list of service ids').schema, 'Which services a service must not call: `{ orders: [auth] }`.'),
  streamThreshold: key(size({ min: 0, max: GB }), {
    about: 'Bodies up to this size travel in one piece, larger ones as a stream.',
    fallback: '32kb',
  }),
}

export const SERVICE_MESH_KEYS = {
  maxInFlight: key(maxInFlight(), { about: 'See `maxInFlight` of the runtime.', fallbackNote: "the runtime's" }),
}
