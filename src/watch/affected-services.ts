import { isAbsolute, join, relative, sep } from 'node:path'
import type { ServiceId } from '../model/ids.ts'
import type { ServiceSpec } from '../model/spec.ts'

/** Never a reason to reload: dependencies, version control, what builds and tests leave behind, editors' own files. */
const IGNORED_NAMES: ReadonlySet<string> = new Set([
  'node_modules',
  '.git',
  '.hg',
  '.svn',
  '.next',
  '.turbo',
  '.cache',
  'coverage',
  '.nyc_output',
  '.DS_Store',
])
const IGNORED_FILES = /(?:\.log|\.tmp|\.swp|\.swx|~|\.tsbuildinfo|\.pid)$|(?:^|\/)(?:\.#|#).*/

/** What a service is watched for: its `watch.paths`, and the files it has loaded from elsewhere. */
export interface WatchedService {
  readonly spec: Pick<ServiceSpec, 'id' | 'path' | 'watch'>
  readonly loaded: ReadonlySet<string>
}

/** The services that a change of these files concerns, each with the files that concern it. */
export function affectedServices(services: readonly WatchedService[], files: readonly string[]): ReadonlyMap<ServiceId, readonly string[]> {
  const affected = new Map<ServiceId, readonly string[]>()
  for (const service of services) {
    const own = files.filter((file) => concerns(service, file))
    if (own.length > 0) affected.set(service.spec.id, own)
  }
  return affected
}

function concerns({ spec, loaded }: WatchedService, file: string): boolean {
  if (loaded.has(file)) return true
  return spec.watch.paths.some((path) => isWithin(path, file) && !isIgnored(file, path)) && !isLeftOut(spec, file)
}

/** Whether a path below a watched one is of a kind that is never watched. */
export function isIgnored(file: string, watched: string): boolean {
  const inside = relative(watched, file)
  return inside.split(sep).some((name) => IGNORED_NAMES.has(name)) || IGNORED_FILES.test(inside)
}

/** Whether the service's own `watch.ignore` names the path: by its name, or by a path relative to the service. */
export function isLeftOut(spec: WatchedService['spec'], file: string): boolean {
  const names = relative(spec.path, file).split(sep)
  return spec.watch.ignore.some((entry) => names.includes(entry) || isWithin(isAbsolute(entry) ? entry : join(spec.path, entry), file))
}

export function isWithin(folder: string, file: string): boolean {
  const inside = relative(folder, file)
  return inside === '' || (inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside))
}
