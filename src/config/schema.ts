import * as z from 'zod'
import { keyInfo, block, duration, key, listOf, mapOf, text } from './fields.ts'
import { AUTOLOAD_KEYS } from './keys/autoload-keys.ts'
import { HEALTH_KEYS, REPLACEMENT_KEYS } from './keys/health-keys.ts'
import { LOGGER_KEYS } from './keys/logger-keys.ts'
import { MESH_KEYS } from './keys/mesh-keys.ts'
import { RESTART_KEYS } from './keys/restart-keys.ts'
import { ROLLOUT_KEYS } from './keys/rollout-keys.ts'
import { SERVER_KEYS } from './keys/server-keys.ts'
import { SERVICE_KEYS, envFile, envValue, onFailed } from './keys/service-keys.ts'
import { SHUTDOWN_KEYS } from './keys/shutdown-keys.ts'
import { SMOKE_KEYS } from './keys/smoke-keys.ts'
import { WORKERS_KEYS, WORKERS_SHORTHAND } from './keys/workers-keys.ts'

/** The runtime file: every key, what it accepts, its default, what it is for. Values come out in milliseconds and bytes. */

export const FILE_KEYS = {
  name: key(text(), { about: 'The name of the application.', fallbackNote: 'that of the nearest package.json, else of the folder' }),
  entrypoint: key(text('a service id, or `none`'), {
    about: 'The one service that listens on `server`; all others are reached through the mesh only.',
    fallbackNote: 'the only service, when exactly one is enabled; else `none`',
  }),
  server: block(SERVER_KEYS, 'The address of the entrypoint.'),
  workers: block(
    WORKERS_KEYS,
    'Workers per service in `start`: a number, `auto` (what the machine can run in parallel), or a range that follows the load. `dev` runs one.',
    WORKERS_SHORTHAND,
  ),
  mesh: block(MESH_KEYS, 'The network between the services.'),
  health: block(HEALTH_KEYS, 'When a worker is considered ill and replaced.'),
  replacements: block(
    REPLACEMENT_KEYS,
    'How many workers the health checks replace at a time, so that a busy machine is not swamped with starting ones.',
  ),
  restart: block(RESTART_KEYS, 'What happens after a worker has ended by itself.'),
  rollout: block(ROLLOUT_KEYS, 'How the workers of a service are replaced by `meshrt restart` and by a reload.'),
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
  autoload: block(
    AUTOLOAD_KEYS,
    'Each folder below `path` that has a package.json or a module to load becomes a service of its name. Keys of `services.<id>` are added to it.',
  ),
  smoke: listOf(SMOKE_KEYS, 'What `meshrt smoke` asks; without it every service once.'),
  services: mapOf(
    block(SERVICE_KEYS, 'One service.'),
    'The services by their id, which becomes their host name. Required, unless there is `autoload`.',
  ),
}

export const RUNTIME_FILE = z.strictObject(FILE_KEYS)

/** What was written in the file, as far as it is valid; nothing filled in. */
export type RuntimeFile = z.output<typeof RUNTIME_FILE>
export type ServiceBlock = NonNullable<NonNullable<RuntimeFile['services']>[string]>

/** The keys that are known at a place of the document; null where any key is. */
export function keysAt(path: readonly (string | number)[]): z.ZodRawShape | null {
  let keys: z.ZodRawShape | null = path[0] === 'services' ? (path.length > 1 ? SERVICE_KEYS : null) : FILE_KEYS
  for (const part of path[0] === 'services' ? path.slice(2) : path) {
    // The keys of a list are those of each of its maps.
    if (typeof part === 'string') keys = keyInfo(keys?.[part])?.keys ?? null
  }
  return keys
}
