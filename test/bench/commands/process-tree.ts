import { readdirSync, readFileSync } from 'node:fs'
import { isErrno } from '../../../src/errors/meshrt-error.ts'
import { parseSmapsRollup, parseStat, type Memory } from './parse-proc.ts'

/**
 * All processes that began with a variable of its own in their environment: what was started, and what that has started, also where it has
 * gone into the background or another group. Linux only.
 */
export class ProcessTree {
  readonly #mark: string

  /** @param mark `NAME=value`, as nobody else has it */
  constructor(mark: string) {
    this.#mark = `${mark}\0`
  }

  pids(): readonly number[] {
    return readdirSync('/proc')
      .map(Number)
      .filter((pid) => pid > 0 && `\0${readProc(pid, 'environ') ?? ''}`.includes(`\0${this.#mark}`))
  }

  /** So far, of those that are there. */
  cpuMs(): number {
    return this.#sum((pid) => {
      const stat = readProc(pid, 'stat')
      return stat === null ? 0 : parseStat(stat).ownMs
    })
  }

  memory(): Memory {
    const parts = this.pids().flatMap((pid) => {
      const text = readProc(pid, 'smaps_rollup')
      return text === null || text === '' ? [] : parseSmapsRollup(text)
    })
    return {
      rssMib: parts.reduce((sum, { rssMib }) => sum + rssMib, 0),
      pssMib: parts.reduce((sum, { pssMib }) => sum + pssMib, 0),
    }
  }

  /** Ends what is left, at once. */
  kill(): void {
    for (const pid of this.pids()) killIfThere(pid)
  }

  #sum(of: (pid: number) => number): number {
    return this.pids().reduce((sum, pid) => sum + of(pid), 0)
  }
}

/** CPU time of the children of this process that have ended, from now on. */
export function watchReaped(): () => number {
  const reapedMs = (): number => parseStat(readFileSync('/proc/self/stat', 'latin1')).reapedMs
  const beforeMs = reapedMs()
  return () => reapedMs() - beforeMs
}

/** Null = it has ended meanwhile, or is somebody else's. */
function readProc(pid: number, file: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'latin1')
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES')) return null
    throw error
  }
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch (error) {
    if (!isErrno(error, 'ESRCH')) throw error
  }
}
