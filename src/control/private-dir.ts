import { chmodSync, lstatSync, mkdirSync, type Stats } from 'node:fs'
import { isErrno, MeshrtError } from '../errors/meshrt-error.ts'
import { currentUid } from './here.ts'
import type { ControlPaths } from './socket-path.ts'

const WORLD_BITS = 0o077
const STICKY = 0o1000
const WRITABLE_BY_OTHERS = 0o022

/** Creates the folder of the control socket, or makes sure that the one that is there is ours. */
export function ensureControlDir(paths: ControlPaths): void {
  try {
    mkdirSync(paths.dir, { mode: 0o700 })
    // An odd umask (0777) would have taken our own bits away too.
    chmodSync(paths.dir, 0o700)
  } catch (error) {
    if (isErrno(error, 'ENOENT')) throw unsafe(paths.dir, 'the folder above it does not exist', error)
    if (isErrno(error, 'EACCES', 'EROFS', 'EPERM')) throw unsafe(paths.dir, 'it cannot be created', error)
    if (!isErrno(error, 'EEXIST')) throw error
  }
  verifyControlDir(paths)
}

/** Both ends call it: whoever can write to the folder could put a socket of their own there. False when there is no such folder. */
export function verifyControlDir(paths: ControlPaths): boolean {
  const stats = lstatOrNull(paths.dir)
  if (stats === null) return false
  if (stats.isSymbolicLink()) throw unsafe(paths.dir, 'it is a symbolic link')
  if (!stats.isDirectory()) throw unsafe(paths.dir, 'it is not a folder')
  if (paths.private) {
    if (stats.uid !== currentUid()) throw unsafe(paths.dir, `it belongs to another user (uid ${stats.uid})`)
    if ((stats.mode & WORLD_BITS) !== 0) throw unsafe(paths.dir, `others have access to it (mode ${octal(stats)}, expected 700)`)
    return true
  }
  if (stats.uid !== currentUid() && stats.uid !== 0) throw unsafe(paths.dir, `it belongs to another user (uid ${stats.uid})`)
  if ((stats.mode & WRITABLE_BY_OTHERS) !== 0 && (stats.mode & STICKY) === 0) {
    throw unsafe(paths.dir, `others can write to it (mode ${octal(stats)})`)
  }
  return true
}

/** False when there is no socket. */
export function verifySocket(socket: string): boolean {
  const stats = lstatOrNull(socket)
  if (stats === null) return false
  if (!stats.isSocket()) throw unsafe(socket, 'it is not a socket')
  if (stats.uid !== currentUid()) throw unsafe(socket, `it belongs to another user (uid ${stats.uid})`)
  if ((stats.mode & WORLD_BITS) !== 0) throw unsafe(socket, `others have access to it (mode ${octal(stats)}, expected 600)`)
  return true
}

function lstatOrNull(path: string): Stats | null {
  return lstatSync(path, { throwIfNoEntry: false }) ?? null
}

function octal(stats: Stats): string {
  return (stats.mode & 0o7777).toString(8)
}

function unsafe(path: string, state: string, cause?: unknown): MeshrtError {
  return new MeshrtError('MESHRT_SOCKET_UNSAFE', `Cannot use ${path} for the control socket: ${state}`, { cause })
}
