import { dirname, join } from 'node:path'
import { isErrno } from '../errors/meshrt-error.ts'

export interface GroupFolder {
  readonly path: string
  readonly version: 1 | 2
}

/**
 * Where the groups are that limit this process: a process is bound by its own group and by every group above. `membership` is
 * `/proc/self/cgroup`; a controller may still be one of version 1 where the others are of version 2.
 */
export function groupFolders(membership: string, controller: 'memory' | 'cpu'): readonly GroupFolder[] {
  const [, v2] = /^0::(\/.*)$/m.exec(membership) ?? []
  const [, v1] = new RegExp(`^\\d+:(?:[\\w,]+,)?${controller}(?:,[\\w,]+)?:(/.*)$`, 'm').exec(membership) ?? []
  if (v1 !== undefined) return ancestors(v1).map((path) => ({ path: join('/sys/fs/cgroup', controller, path), version: 1 }))
  return ancestors(v2 ?? '/').map((path) => ({ path: join('/sys/fs/cgroup', path), version: 2 }))
}

function ancestors(path: string): readonly string[] {
  return path === '/' || path === '.' ? ['/'] : [path, ...ancestors(dirname(path))]
}

/** A file of the system that is not there, or not for this process. */
export function isUnreadable(error: unknown): boolean {
  return isErrno(error, 'ENOENT', 'EACCES', 'ENOTDIR', 'EPERM', 'ENODEV', 'EOPNOTSUPP')
}
