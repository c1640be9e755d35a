import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isErrno } from '../errors/meshrt-error.ts'
import type { ServiceSpec } from '../model/spec.ts'
import { PACKAGE_ROOT } from '../model/own-files.ts'

const OWN_ROOT = fileURLToPath(PACKAGE_ROOT).replace(/\/$/, '')

/**
 * What a worker must be able to read to load its service, and what the service was granted, by every name that it may have: Node.js
 * checks paths as they are written, and modules are loaded from where links lead.
 */
export function readablePlaces({ path, permissions, node, source }: ServiceSpec): readonly string[] {
  const own = [
    path,
    ...(source.kind === 'module' ? [source.entry] : []),
    ...node.preload.filter((module) => module.startsWith('/')),
    ...around(realPath(path)),
    ...around(realPath(OWN_ROOT)),
    OWN_ROOT,
  ]
  return [...new Set([...own, ...(permissions?.fs.read ?? [])].flatMap((place) => [place, realPath(place)]))]
}

/** A folder, and where its modules look for packages and for what kind of modules they are: all the way up. */
function around(folder: string): readonly string[] {
  const places = [folder]
  for (let at = folder; ; at = dirname(at)) {
    places.push(join(at, 'node_modules'), join(at, 'package.json'))
    if (dirname(at) === at) return places
  }
}

/** What does not exist has no other name. */
function realPath(path: string): string {
  try {
    return realpathSync(path)
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES', 'ELOOP')) return path
    throw error
  }
}
