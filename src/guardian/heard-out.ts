import type { ChildProcess } from 'node:child_process'

/** Nobody else can have the other end of the channel, so this is never reached. */
const HEAR_OUT_MS = 1000

/** A process can be gone before its last words have been read: calls back when they have. */
export function whenHeardOut(child: ChildProcess, next: () => void): void {
  if (!child.connected) return next()
  const timer = setTimeout(next, HEAR_OUT_MS)
  child.once('disconnect', () => {
    clearTimeout(timer)
    next()
  })
}
