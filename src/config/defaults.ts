import type * as z from 'zod'
import { keyInfo } from './fields.ts'
import { AUTOLOAD_KEYS } from './keys/autoload-keys.ts'
import { HEALTH_KEYS, REPLACEMENT_KEYS } from './keys/health-keys.ts'
import { LIMITS_KEYS } from './keys/limits-keys.ts'
import { SERVICE_KEYS } from './keys/service-keys.ts'
import { LOGGER_KEYS } from './keys/logger-keys.ts'
import { CIRCUIT_KEYS, HOLD_KEYS, MESH_KEYS, RETRY_KEYS, TIMEOUT_KEYS } from './keys/mesh-keys.ts'
import { NODE_KEYS } from './keys/node-keys.ts'
import { PERMISSION_KEYS } from './keys/permission-keys.ts'
import { RESTART_KEYS } from './keys/restart-keys.ts'
import { ROLLOUT_KEYS } from './keys/rollout-keys.ts'
import { SERVER_KEYS } from './keys/server-keys.ts'
import { SHUTDOWN_KEYS } from './keys/shutdown-keys.ts'
import { SMOKE_KEYS } from './keys/smoke-keys.ts'
import { WORKERS_KEYS } from './keys/workers-keys.ts'
import { FILE_KEYS } from './schema.ts'

/** The defaults of the schema as values: one source for the runtime and for its documentation. */
export const DEFAULTS = {
  autoload: defaultsOf({ path: AUTOLOAD_KEYS.path }),
  server: defaultsOf(SERVER_KEYS),
  hold: defaultsOf(HOLD_KEYS),
  timeouts: defaultsOf(TIMEOUT_KEYS),
  retry: defaultsOf(RETRY_KEYS),
  circuit: defaultsOf(CIRCUIT_KEYS),
  mesh: defaultsOf({
    domain: MESH_KEYS.domain,
    selection: MESH_KEYS.selection,
    stuckAfter: MESH_KEYS.stuckAfter,
    maxInFlight: MESH_KEYS.maxInFlight,
    streamThreshold: MESH_KEYS.streamThreshold,
  }),
  health: defaultsOf(HEALTH_KEYS),
  replacements: defaultsOf(REPLACEMENT_KEYS),
  limits: defaultsOf({ cpu: LIMITS_KEYS.cpu }),
  restart: defaultsOf(RESTART_KEYS),
  logger: defaultsOf(LOGGER_KEYS),
  shutdown: defaultsOf(SHUTDOWN_KEYS),
  rollout: defaultsOf(ROLLOUT_KEYS),
  smoke: defaultsOf({ method: SMOKE_KEYS.method, path: SMOKE_KEYS.path, timeout: SMOKE_KEYS.timeout }),
  workers: defaultsOf({
    min: WORKERS_KEYS.min,
    targetELU: WORKERS_KEYS.targetELU,
    tolerance: WORKERS_KEYS.tolerance,
    stabilise: WORKERS_KEYS.stabilise,
    cooldown: WORKERS_KEYS.cooldown,
  }),
  service: defaultsOf({
    type: SERVICE_KEYS.type,
    listen: SERVICE_KEYS.listen,
    isolation: NODE_KEYS.isolation,
    sourceMaps: NODE_KEYS.sourceMaps,
  }),
  permissions: defaultsOf({
    net: PERMISSION_KEYS.net,
    child: PERMISSION_KEYS.child,
    worker: PERMISSION_KEYS.worker,
    addons: PERMISSION_KEYS.addons,
  }),
  runtime: defaultsOf({ startTimeout: FILE_KEYS.startTimeout }),
} as const

type Values<S extends Record<string, z.ZodType>> = { readonly [K in keyof S]-?: Exclude<z.output<S[K]>, undefined> }

/** @throws when a key has no default, or one that it would not accept itself. */
function defaultsOf<S extends Record<string, z.ZodType>>(keys: S): Values<S> {
  const entries = Object.entries(keys).map(([name, schema]) => {
    const fallback = keyInfo(schema)?.fallback
    if (fallback === undefined) throw new TypeError(`The key ${name} has no default`)
    return [name, schema.parse(fallback)] as const
  })
  return Object.fromEntries(entries) as Values<S>
}
