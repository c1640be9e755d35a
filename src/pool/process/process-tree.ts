import { readdirSync, readFileSync } from 'node:fs'

/** The variable by which everything that a worker's process has started is found, whatever group or session it is in. */
export const RUN_ID = 'MESHRT_RUN_ID'

/**
 * Processes that belong to this run: to `id` itself, or to what begins with it and a slash. Linux only; elsewhere none are found, and the
 * process group is all that is known.
 */
export function processesOf(id: string): readonly number[] {
  return all()
    .filter(({ run }) => run === id || run.startsWith(`${id}/`))
    .map(({ pid }) => pid)
}

/** Every process of an application, whichever runtime it was started by. */
export function runsIn(application: string): readonly Run[] {
  return all().filter(({ run }) => run.startsWith(`${application}.`))
}

interface Run {
  readonly pid: number
  readonly run: string
}

function all(): readonly Run[] {
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
