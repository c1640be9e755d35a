import { readFileSync } from 'node:fs'
import { isErrno } from '../errors/meshrt-error.ts'

/** A process, told apart from a later one that got the same pid. */
export interface ProcessIdentity {
  readonly pid: number
  /** When the kernel started it, in its own ticks; '0' where that is unknown (no /proc). */
  readonly startTicks: string
}

export function ownIdentity(): ProcessIdentity {
  return identityOf(process.pid)
}

/** Of a process that is known to be there. */
export function identityOf(pid: number): ProcessIdentity {
  return { pid, startTicks: readStat(pid)?.startTicks ?? '0' }
}

export function isAlive(identity: ProcessIdentity): boolean {
  const stat = readStat(identity.pid)
  if (stat !== null) {
    // A zombie has ended; only its parent has not looked yet.
    if (stat.state === 'Z' || stat.state === 'X') return false
    if (identity.startTicks !== '0') return stat.startTicks === identity.startTicks
  }
  try {
    process.kill(identity.pid, 0)
    return true
  } catch (error) {
    // EPERM: the pid is another user's by now, and none of their processes could have written into our folder.
    if (isErrno(error, 'ESRCH', 'EPERM')) return false
    throw error
  }
}

/** Fields 3 and 22 of proc_pid_stat(5); the name in field 2 may itself hold spaces and parentheses. */
function readStat(pid: number): { readonly state: string; readonly startTicks: string } | null {
  let text: string
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'ENOTDIR')) return null
    throw error
  }
  const [state = '', ...rest] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return { state, startTicks: rest[18] ?? '0' }
}
