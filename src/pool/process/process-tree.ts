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
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    // Gone by now, or somebody else's.
    return ''
  }
}
