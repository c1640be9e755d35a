import { mkdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { createStream } from 'rotating-file-stream'

/** `meshrt.log`, and when it is full `meshrt.log.1` (the newest) to `meshrt.log.<keep>`. */
export function openLogFile(path: string, { maxSizeBytes, keep }: { maxSizeBytes: number; keep: number }): Writable {
  mkdirSync(dirname(path), { recursive: true })
  const name = basename(path)
  return createStream((index) => (Number(index ?? 0) > 0 ? `${name}.${Number(index)}` : name), {
    path: dirname(path),
    size: `${maxSizeBytes}B`,
    rotate: Math.max(1, keep),
    mode: 0o600,
  })
}
