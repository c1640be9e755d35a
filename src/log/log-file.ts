import { closeSync, mkdirSync, openSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { createStream } from 'rotating-file-stream'
import { MeshrtError } from '../errors/meshrt-error.ts'

/** `meshrt.log`, and when it is full `meshrt.log.1` (the newest) to `meshrt.log.<keep>`. */
export function openLogFile(path: string, { maxSizeBytes, keep }: { maxSizeBytes: number; keep: number }): Writable {
  ensureWritable(path)
  const name = basename(path)
  return createStream((index) => (Number(index ?? 0) > 0 ? `${name}.${Number(index)}` : name), {
    path: dirname(path),
    size: `${maxSizeBytes}B`,
    rotate: Math.max(1, keep),
    mode: 0o600,
  })
}

/** Creates its folder if need be. @throws MESHRT_LOG_UNWRITABLE */
function ensureWritable(path: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    closeSync(openSync(path, 'a', 0o600))
  } catch (cause) {
    throw new MeshrtError(
      'MESHRT_LOG_UNWRITABLE',
      `Cannot write the log to ${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    )
  }
}
