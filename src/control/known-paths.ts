import { join } from 'node:path'
import { listMetas } from './meta.ts'
import { verifyControlDir } from './private-dir.ts'
import { controlDir, pathsOfFile, type ControlPaths, type Place } from './socket-path.ts'

/**
 * As `pathsOfFile`, looked up in what lies there already: a command that asks a runtime need not load Node's cryptography for the name of its socket,
 * which takes 7 ms.
 * @throws MESHRT_SOCKET_UNSAFE, or as `pathsOfFile`
 */
export function knownPathsOfFile(file: string, place: Place): ControlPaths {
  const dir = controlDir(place)
  const folder = { dir, socket: '', meta: '', claimPrefix: '', private: true }
  const known = verifyControlDir(folder)
    ? listMetas(dir).find(({ base, meta }) => meta.file === file && isOwnPlace(dir, { base, meta }))
    : undefined
  if (known === undefined) return pathsOfFile(file, place)
  const { base, meta } = known
  return { ...folder, socket: meta.socket, meta: join(dir, `${base}.json`), claimPrefix: `${base}.lock.` }
}

/** An operator may have placed another socket in the same folder; what lies beside that is named differently. */
function isOwnPlace(dir: string, { base, meta }: { readonly base: string; readonly meta: { readonly socket: string } }): boolean {
  return /^[0-9a-f]{16}$/.test(base) && meta.socket === join(dir, `${base}.sock`)
}
