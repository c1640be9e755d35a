import { readFileSync } from 'node:fs'

/** Linux only. One that has ended and is not reaped yet is nobody's any more. */
export function isRunning(pid: number): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}
