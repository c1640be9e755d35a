import { realpathSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { isErrno } from '../errors/meshrt-error.ts'
import type { Place } from './socket-path.ts'

/** The place this process is in, for `socket-path.ts`. */
export function here(env: Place['env'] = process.env): Place {
  return { env, uid: currentUid(), tmp: realpathSync(tmpdir()), platform: process.platform }
}

export function currentUid(): number {
  return process.getuid?.() ?? userInfo().uid
}

/** The real path of a file that may be gone by now, so that its runtime is found all the same. */
export function realFile(file: string): string {
  const absolute = resolve(file)
  try {
    return realpathSync(absolute)
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw error
  }
  const folder = dirname(absolute)
  return folder === absolute ? absolute : join(realFile(folder), basename(absolute))
}
