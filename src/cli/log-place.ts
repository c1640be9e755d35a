import { createHash } from 'node:crypto'
import { closeSync, mkdirSync, openSync, renameSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { isErrno, MeshrtError } from '../errors/meshrt-error.ts'
import type { RuntimeSpec } from '../model/spec.ts'

/** Where a runtime in the background writes. */
export interface LogPlace {
  readonly log: string
  /** What does not go through the log: V8's last words, notes of meshrt itself. */
  readonly stderr: string
}

const MAX_STDERR_BYTES = 1024 * 1024

/** `logger.file`, or `shop-1a2b3c4d.log` in `$XDG_STATE_HOME/meshrt` (`~/.local/state/meshrt`); the stderr file always lies there. */
export function logPlace({ name, file, logger }: Pick<RuntimeSpec, 'name' | 'file' | 'logger'>, env: NodeJS.ProcessEnv): LogPlace {
  const state = env['XDG_STATE_HOME']
  // The XDG specification says that a relative path is to be ignored.
  const home = state !== undefined && isAbsolute(state) ? state : join(env['HOME'] ?? homedir(), '.local', 'state')
  // Two projects may have the same name.
  const hash = createHash('sha256').update(file).digest('hex').slice(0, 8)
  const base = join(home, 'meshrt', `${name.replaceAll(/[^\w.-]+/g, '-')}-${hash}`)
  return { log: logger.file ?? `${base}.log`, stderr: `${base}.stderr` }
}

/** @returns a descriptor to append to. @throws MESHRT_LOG_UNWRITABLE */
export function openLogPlace({ log, stderr }: LogPlace): number {
  closeSync(openForAppending(log))
  if (sizeOf(stderr) > MAX_STDERR_BYTES) renameSync(stderr, `${stderr}.1`)
  return openForAppending(stderr)
}

function openForAppending(path: string): number {
  try {
    mkdirSync(join(path, '..'), { recursive: true, mode: 0o700 })
    return openSync(path, 'a', 0o600)
  } catch (cause) {
    if (!isErrno(cause, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ENOSPC', 'EEXIST', 'ENOENT', 'EDQUOT')) throw cause
    throw new MeshrtError('MESHRT_LOG_UNWRITABLE', `Cannot write to ${path}: ${cause.message}`, { cause })
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}
