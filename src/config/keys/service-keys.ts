import * as z from 'zod'
import { LISTEN_MODES, SERVICE_TYPES } from '../../model/spec.ts'
import { block, duration, field, flag, key, mapOf, oneOf, repeated, text, texts, withInfo } from '../fields.ts'
import { dependsOn } from './depends-on-key.ts'
import { HEALTH_KEYS } from './health-keys.ts'
import { LIMITS_KEYS } from './limits-keys.ts'
import { SERVICE_MESH_KEYS } from './mesh-keys.ts'
import { NODE_KEYS } from './node-keys.ts'
import { PERMISSION_KEYS } from './permission-keys.ts'
import { RESTART_KEYS } from './restart-keys.ts'
import { ROLLOUT_KEYS } from './rollout-keys.ts'
import { SOURCE_KEYS } from './source-keys.ts'
import { SERVICE_SHUTDOWN_KEYS } from './shutdown-keys.ts'
import { WORKERS_KEYS, WORKERS_SHORTHAND } from './workers-keys.ts'

export const onFailed = () => oneOf('hold', 'exit')
export const envValue = field('text', (value) => (typeof value === 'string' && !value.includes('\0') ? value : undefined))
export const envFile = () => text('a path')

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

const ENABLED_SHORTHAND = {
  expects: 'true, false, or a map',
  expand: (value: unknown) => (typeof value === 'boolean' ? { start: value, dev: value } : value),
}

const WATCH_SHORTHAND = {
  expects: 'true, false, or a map',
  expand: (value: unknown) => (value === false ? { paths: [] } : value === true ? {} : value),
}

const KEYS = {
  path: key(text('a path'), {
    about: 'The folder of the service, relative to the runtime file. Required for a module.',
    fallbackNote: "of a `command` the runtime file's",
  }),
  entry: key(text('a path'), {
    about: 'The module to load, relative to `path`.',
    fallbackNote: '`exports` or `main` of its package.json, else the first of `src/index.*`, `index.*`, `server.*`, `app.*`',
  }),
  ...SOURCE_KEYS,
  workers: block(
    WORKERS_KEYS,
    "How many workers in `start`; wins key by key over the runtime's `workers`. `dev` runs one.",
    WORKERS_SHORTHAND,
  ),
  type: key(oneOf(...SERVICE_TYPES), {
    about:
      '`service` has a server, `background` has none, `oneshot` runs to its end (a migration). `auto`: a service if it listens within 2 seconds after it has loaded, else in the background.',
    fallback: 'auto',
  }),
  ...NODE_KEYS,
  listen: key(oneOf(...LISTEN_MODES), {
    about:
      "`capture`: the module's first `listen()` opens no port. `passthrough`: it does, and the mesh reaches the server all the same; a rollout then stops each worker before its successor starts. Not for the entrypoint.",
    fallback: 'capture',
  }),
  typescript: key(oneOf('native', 'tsx'), {
    about: "How TypeScript runs: by Node's type stripping, or compiled by `tsx` with the nearest tsconfig.json.",
    fallbackNote: '`native`, and `tsx` when that cannot load it',
  }),
  dependsOn: dependsOn(),
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
  permissions: block(PERMISSION_KEYS, 'What the service may do; everything that is not listed is denied.'),
  limits: block(LIMITS_KEYS, 'What one worker may use.'),
  health: block(HEALTH_KEYS, "Wins key by key over the runtime's `health`."),
  restart: block(RESTART_KEYS, "Wins key by key over the runtime's `restart`."),
  rollout: block(ROLLOUT_KEYS, "Wins key by key over the runtime's `rollout`."),
  onFailed: key(onFailed(), { about: 'See `onFailed` of the runtime.', fallbackNote: "the runtime's" }),
  startTimeout: key(duration({ min: 1 }), {
    about: 'See `startTimeout` of the runtime. Of a `oneshot` it bounds the whole run.',
    fallbackNote: "the runtime's; none for a `oneshot`",
  }),
  gracefulShutdown: block(SERVICE_SHUTDOWN_KEYS, 'How a worker of this service ends.'),
  mesh: block(SERVICE_MESH_KEYS, "What the mesh does for this service; wins over the runtime's `mesh`."),
  build: key(text('a command'), {
    about:
      'The build step, a command of the shell in the folder of the service with its environment; run by `meshrt build` and by nothing else.',
    fallbackNote: 'none',
  }),
  watch: block(WATCH_KEYS, 'What `dev` reloads the service for. `false` switches it off.', WATCH_SHORTHAND),
}

const { enabled: _enabled, ...overridable } = KEYS

/** What `dev` of a service may contain. */
export const OVERRIDABLE_KEYS = overridable

export const SERVICE_KEYS = {
  ...KEYS,
  dev: repeated(
    OVERRIDABLE_KEYS,
    'What is different in `meshrt dev`: any key of a service but `enabled`. Maps are merged key by key, everything else is replaced.',
  ),
}
