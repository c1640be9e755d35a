import { isErrno } from '../../errors/meshrt-error.ts'
import type { Clock } from '../../model/clock.ts'
import { livingInGroup, processesOf } from './process-tree.ts'

interface Tree {
  /** Of the leader, which is the number of its group. */
  readonly pid: number
  readonly runId: string
}

/** Ends a process by force with all that it has started. */
export function killTree({ pid, runId }: Tree): void {
  kill(-pid)
  for (const other of processesOf(runId)) kill(other)
}

function isTreeGone({ pid, runId }: Tree): boolean {
  return isGroupGone(pid) && processesOf(runId).length === 0
}

/** What has ended and is not reaped yet still counts to the system; where the first process of a container reaps nobody, for ever. */
function isGroupGone(group: number): boolean {
  return !isThere(-group) || livingInGroup(group)?.length === 0
}

const POLL_MS = 20
const GIVE_UP_MS = 2000

/** What a process leaves behind when it ends is ended as well. Resolves when nothing is left, or after two seconds all the same. */
export async function sweepTree(tree: Tree, clock: Clock): Promise<void> {
  const untilMs = clock.nowMs() + GIVE_UP_MS
  while (!isTreeGone(tree) && clock.nowMs() < untilMs) {
    killTree(tree)
    await new Promise<void>((resolve) => void clock.schedule(POLL_MS, resolve))
  }
}

export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    // ESRCH: gone. EPERM: a zombie on some systems, or not ours.
    if (!isErrno(error, 'ESRCH', 'EPERM')) throw error
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
