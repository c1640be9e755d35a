import module from 'node:module'
import { dirname } from 'node:path'
import type { ServiceSpec } from '../model/spec.ts'

/**
 * Where a worker finds its modules compiled: what this process does for itself by `module.enableCompileCache()` reaches no thread and no child. Nothing
 * when it does not do it, when the service has a cache of its own or wants none, or may not read files as it likes.
 */
export function compileCacheOf(
  { permissions }: Pick<ServiceSpec, 'permissions'>,
  env: Readonly<Record<string, string | undefined>>,
): Readonly<Record<string, string>> {
  const dir = module.getCompileCacheDir()
  const isSettled = permissions !== null || SETTLED_BY.some((name) => env[name] !== undefined)
  // Node makes a folder for each of its versions, and that is the one it tells.
  return dir === undefined || isSettled ? {} : { [PLACE]: dirname(dir) }
}

const PLACE = 'NODE_COMPILE_CACHE'
/** Coverage is less exact for what comes from a cache. */
const SETTLED_BY = [PLACE, 'NODE_DISABLE_COMPILE_CACHE', 'NODE_V8_COVERAGE'] as const
