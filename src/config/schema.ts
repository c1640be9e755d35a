import { z } from 'zod'
import {
  keyInfo,
  block,
  decimal,
  duration,
  either,
  field,
  flag,
  integer,
  key,
  mapOf,
  oneOf,
  size,
  text,
  textMatching,
  texts,
  withInfo,
} from './fields.ts'

/** The runtime file: every key, what it accepts, its default, what it is for. Values come out in milliseconds and bytes. */

const KB = 1024
const MB = 1024 * KB
const GB = 1024 * MB
const TB = 1024 * GB

const MAX_WORKERS = 1024
const share = () => decimal({ min: 0, max: 1 })
const count = (min: number) => integer({ min, max: 1_000_000 })
const onFailed = () => oneOf('hold', 'exit')

const MESH_DOMAIN = /^\.?[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i

export const SERVER_KEYS = {
  hostname: key(textMatching('a host name or an IP address', /^[A-Za-z0-9.:_%-]{1,253}$/), {
    about: 'The address the entrypoint listens on; `0.0.0.0` and `::` are all of them.',
    fallback: '127.0.0.1',
  }),
  port: key(integer({ min: 0, max: 65_535 }), {
    about: 'The port of the entrypoint. 0 takes any free one; `meshrt ps` and the start banner show it.',
    fallback: 3000,
  }),
}

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

export const HEALTH_KEYS = {
  enabled: key(flag(), { about: 'Check the workers at all.', fallback: true, fallbackNote: '`true` in `start`, `false` in `dev`' }),
  interval: key(duration({ min: 10 }), { about: 'Time between two checks.', fallback: '5s' }),
  gracePeriod: key(duration(), { about: 'A new worker is not judged for this long, unless its loop is blocked.', fallback: '30s' }),
  maxUnhealthyChecks: key(count(1), { about: 'Bad checks in a row after which a worker is replaced.', fallback: 3 }),
  maxELU: key(share(), { about: 'Event-loop utilisation above which a check is bad; 0 turns it off.', fallback: 0.98 }),
  maxHeapUsed: key(share(), { about: 'Share of the heap limit above which a check is bad; 0 turns it off.', fallback: 0.95 }),
  blockedAfter: key(duration({ min: 100 }), { about: 'A worker whose loop has not turned for this long is killed.', fallback: '15s' }),
}

export const RESTART_KEYS = {
  policy: key(oneOf('always', 'on-failure', 'never'), { about: 'After which exits a worker is started again.', fallback: 'always' }),
  delay: key(duration(), { about: 'Wait before the first restart.', fallback: '100ms' }),
  factor: key(decimal({ min: 1, max: 100 }), { about: 'Each further wait is this many times longer.', fallback: 2 }),
  maxDelay: key(duration(), { about: 'No wait is longer than this.', fallback: '30s' }),
  jitter: key(share(), { about: 'Share of the wait that chance adds or takes away.', fallback: 0.2 }),
  maxAttempts: key(count(0), { about: 'Crashes within `window` that are followed by a restart; one more is too many.', fallback: 5 }),
  window: key(duration({ min: 1 }), { about: 'The time over which `maxAttempts` counts.', fallback: '1m' }),
  maxPerHour: key(count(0), { about: 'Crashes within an hour that are followed by a restart.', fallback: 20 }),
  startAttempts: key(count(1), { about: 'Starts in a row that may fail.', fallback: 5 }),
  stableAfter: key(duration(), { about: 'A worker that was ready for this long makes the next wait short again.', fallback: '30s' }),
  probeAfter: key(duration(), { about: 'When restarts are used up, one worker is tried after this long; 0 = never.', fallback: '1m' }),
}

export const LOGGER_KEYS = {
  level: key(oneOf('trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'), {
    about: 'The least severe level shown.',
    fallback: 'info',
  }),
  pretty: key(oneOf('auto', true, false), {
    about: 'Lines for people instead of JSON; `auto`: on a terminal and in `dev`.',
    fallback: 'auto',
  }),
  file: key(text('a path, or `none`'), { about: 'Also write the log to this file, relative to the runtime file.', fallback: 'none' }),
  maxSize: key(size({ min: KB, max: TB }), { about: 'The log file is rotated at this size.', fallback: '10mb' }),
  keep: key(integer({ min: 0, max: 1000 }), { about: 'How many rotated log files are kept.', fallback: 5 }),
}

export const SHUTDOWN_KEYS = {
  runtime: key(duration(), { about: 'Budget of a whole shutdown. Docker kills after 10 s.', fallback: '8s' }),
  service: key(duration(), {
    about: 'Deadline of one worker to finish what it is doing and end; cut to what is left of `runtime`.',
    fallback: '10s',
  }),
}

const SERVICE_SHUTDOWN_KEYS = {
  service: key(duration(), { about: 'Deadline of one worker of this service.', fallbackNote: "the runtime's" }),
}

const LIMITS_KEYS = {
  heap: key(size({ min: 16 * MB, max: TB }), { about: 'Heap of one worker.', fallbackNote: "Node's own" }),
  youngGeneration: key(size({ min: MB, max: TB }), { about: 'The part of the heap for new objects.', fallbackNote: "Node's own" }),
  stack: key(size({ min: 512 * KB, max: 256 * MB }), { about: 'Stack of one worker.', fallbackNote: "Node's own" }),
}

const SERVICE_MESH_KEYS = {
  maxInFlight: key(maxInFlight(), { about: 'See `maxInFlight` of the runtime.', fallbackNote: "the runtime's" }),
}

const WATCH_KEYS = {
  paths: key(texts('a list of paths'), {
    about: 'Files and folders to watch, relative to the service.',
    fallbackNote: "the service's folder",
  }),
  ignore: key(texts('a list of names or paths'), { about: 'What to leave out.', fallbackNote: 'nothing' }),
}

const ENABLED_KEYS = {
  start: key(flag(), { about: 'Run it in `meshrt start`.', fallback: true }),
  dev: key(flag(), { about: 'Run it in `meshrt dev`.', fallback: true }),
}

const workers = () => either(integer({ min: 1, max: MAX_WORKERS }), oneOf('auto'))
const envValue = field('text', (value) => (typeof value === 'string' && !value.includes('\0') ? value : undefined))
const envFile = () => text('a path')

const ENABLED_SHORTHAND = {
  expects: 'true, false, or a map',
  expand: (value: unknown) => (typeof value === 'boolean' ? { start: value, dev: value } : value),
}

const WATCH_SHORTHAND = {
  expects: 'true, false, or a map',
  expand: (value: unknown) => (value === false ? { paths: [] } : value === true ? {} : value),
}

export const SERVICE_KEYS = {
  path: key(text('a path'), { about: 'The folder of the service, relative to the runtime file. Required.' }),
  entry: key(text('a path'), {
    about: 'The module to load, relative to `path`.',
    fallbackNote: '`exports` or `main` of its package.json, else the first of `src/index.*`, `index.*`, `server.*`, `app.*`',
  }),
  workers: key(workers(), { about: 'How many workers in `start`; `dev` runs one.', fallbackNote: "the runtime's" }),
  dependsOn: key(texts('a list of service ids'), { about: 'Services that must be ready before this one starts.', fallbackNote: 'none' }),
  enabled: block(ENABLED_KEYS, 'Whether the service runs, for both commands or for each.', ENABLED_SHORTHAND),
  env: mapOf(envValue.schema, 'Environment variables; they win over those of the runtime and over the real environment.'),
  envFile: key(envFile(), {
    about: 'A file of further variables, relative to the service; the real environment wins over them.',
    fallbackNote: '`.env`, if it exists',
  }),
  config: withInfo(z.unknown().optional(), {
    about: "Anything; handed to the service's factory as `context.config`.",
    expects: 'any value',
    fallbackNote: '`{}`',
  }),
  limits: block(LIMITS_KEYS, 'Memory of one worker.'),
  health: block(HEALTH_KEYS, "Wins key by key over the runtime's `health`."),
  restart: block(RESTART_KEYS, "Wins key by key over the runtime's `restart`."),
  onFailed: key(onFailed(), { about: 'See `onFailed` of the runtime.', fallbackNote: "the runtime's" }),
  startTimeout: key(duration({ min: 1 }), { about: 'See `startTimeout` of the runtime.', fallbackNote: "the runtime's" }),
  gracefulShutdown: block(SERVICE_SHUTDOWN_KEYS, 'How a worker of this service ends.'),
  mesh: block(SERVICE_MESH_KEYS, "What the mesh does for this service; wins over the runtime's `mesh`."),
  watch: block(WATCH_KEYS, 'What `dev` reloads the service for. `false` switches it off.', WATCH_SHORTHAND),
}

export const FILE_KEYS = {
  name: key(text(), { about: 'The name of the application.', fallbackNote: 'that of the nearest package.json, else of the folder' }),
  entrypoint: key(text('a service id, or `none`'), {
    about: 'The one service that listens on `server`; all others are reached through the mesh only.',
    fallbackNote: 'the only service, when exactly one is enabled; else `none`',
  }),
  server: block(SERVER_KEYS, 'The address of the entrypoint.'),
  workers: key(workers(), {
    about: 'Workers per service in `start`; `auto` is what the machine can run in parallel. `dev` runs one.',
    fallback: 1,
  }),
  mesh: block(MESH_KEYS, 'The network between the services.'),
  health: block(HEALTH_KEYS, 'When a worker is considered ill and replaced.'),
  restart: block(RESTART_KEYS, 'What happens after a worker has ended by itself.'),
  onFailed: key(onFailed(), {
    about: 'When all restarts of a service are used up: keep the others running (`hold`), or stop everything (`exit`).',
    fallbackNote: '`exit` for the entrypoint in `start`, else `hold`',
  }),
  startTimeout: key(duration({ min: 1 }), {
    about: 'A worker that is not ready after this long has failed to start; loading its modules counts.',
    fallback: '30s',
  }),
  gracefulShutdown: block(SHUTDOWN_KEYS, 'How long ending may take.'),
  logger: block(LOGGER_KEYS, 'The log of the runtime.'),
  env: mapOf(envValue.schema, 'Environment variables of all services; they win over the real environment.'),
  envFile: key(envFile(), {
    about:
      'A file of further variables, relative to the runtime file; the real environment wins over them. References in this file see them too.',
    fallbackNote: '`.env`, if it exists',
  }),
  services: mapOf(block(SERVICE_KEYS, 'One service.'), 'The services by their id, which becomes their host name. Required.'),
}

export const RUNTIME_FILE = z.strictObject(FILE_KEYS)

/** What was written in the file, as far as it is valid; nothing filled in. */
export type RuntimeFile = z.output<typeof RUNTIME_FILE>
export type ServiceBlock = NonNullable<NonNullable<RuntimeFile['services']>[string]>

/** The keys that are known at a place of the document; null where any key is. */
export function keysAt(path: readonly (string | number)[]): z.ZodRawShape | null {
  let keys: z.ZodRawShape | null = path[0] === 'services' ? (path.length > 1 ? SERVICE_KEYS : null) : FILE_KEYS
  for (const part of path[0] === 'services' ? path.slice(2) : path) {
    keys = keyInfo(keys?.[part])?.keys ?? null
  }
  return keys
}
