import { readdirSync, readFileSync } from 'node:fs'
import { RUN_ID } from './run.ts'

/**
 * Processes that belong to this run: to `id` itself, or to what begins with it and a slash. Linux only; elsewhere none are found, and the
 * process group is all that is known.
 */
export function processesOf(id: string): readonly number[] {
  return processesOfRuns()
    .filter(({ run }) => run === id || run.startsWith(`${id}/`))
    .map(({ pid }) => pid)
}

/** Every process that some runtime's worker has started, or is. */
export function processesOfRuns(): readonly Member[] {
  return pids().flatMap((pid) => {
    const run = runOf(environmentOf(pid))
    return run === null ? [] : [{ pid, run }]
  })
}

/** @param environment as in /proc: `NAME=value`, each ended by a zero byte. */
export function runOf(environment: string): string | null {
  const entry = environment.split('\0').find((one) => one.startsWith(`${RUN_ID}=`))
  return entry === undefined ? null : entry.slice(RUN_ID.length + 1)
}

interface Member {
  readonly pid: number
  readonly run: string
}

/** Those of a process group that have not ended. Null where that cannot be seen: no /proc. */
export function livingInGroup(group: number): readonly number[] | null {
  const all = pids()
  if (all.length === 0) return null
  return all.filter((pid) => parseStat(readOf(pid, 'stat'))?.group === group && isRunning(pid))
}

/** One that has ended and is not reaped yet holds nothing any more, if all of its threads have: the first may end before the others. Linux only. */
export function isRunning(pid: number): boolean {
  const stat = parseStat(readOf(pid, 'stat'))
  return stat !== null && (!stat.isDead || threadsOf(pid) > 1)
}

/** @param text of proc(5): the name, in parentheses, may contain anything. */
export function parseStat(text: string): { readonly group: number; readonly isDead: boolean } | null {
  const [state = '', , group = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ')
  return /^\d+$/.test(group) ? { group: Number(group), isDead: state === 'Z' || state === 'X' } : null
}

function threadsOf(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/task`).length
  } catch {
    return 0
  }
}

function pids(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

function environmentOf(pid: number): string {
  return readOf(pid, 'environ')
}

/** Empty when it is gone by now, or somebody else's. */
function readOf(pid: number, file: 'environ' | 'stat'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch {
    return ''
  }
}
