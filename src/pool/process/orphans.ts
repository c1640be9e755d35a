import { readdirSync, readFileSync } from 'node:fs'
import { kill } from './kill-tree.ts'
import { runsIn } from './process-tree.ts'

const POLL_MS = 10
const GIVE_UP_MS = 2000

/**
 * Ends what the workers' processes of an application have started, when the runtime that they belonged to is no more. A worker ends by
 * itself as soon as its loop turns and the runtime is gone; a blocked one, or what it has started, does not. They may hold the sockets that the
 * next runtime needs, so that this waits for their end, and blocks: nothing else runs yet.
 */
export function killOrphans(application: string): void {
  const orphans = runsIn(application).flatMap(({ pid, run }) => {
    const [, runtimePid] = /^\w+\.(\d+)/.exec(run) ?? []
    return runtimePid !== undefined && !isAlive(Number(runtimePid)) ? [pid] : []
  })
  for (const pid of orphans) kill(pid)
  const untilMs = performance.now() + GIVE_UP_MS
  while (orphans.some(isRunning) && performance.now() < untilMs) Atomics.wait(SLEEP, 0, 0, POLL_MS)
}

const SLEEP = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT))

/** One that has ended and is not reaped yet holds nothing any more, if all of its threads have: the first may end before the others. */
function isRunning(pid: number): boolean {
  try {
    const isDead = /\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
    return !isDead || readdirSync(`/proc/${pid}/task`).length > 1
  } catch {
    return false
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
