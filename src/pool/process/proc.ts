import { readFile } from 'node:fs/promises'

/** USER_HZ, which Linux promises to user space whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100

/** CPU time of a process since its birth, in milliseconds. Null where it cannot be told: it has ended, or this is not Linux. */
export async function cpuTimeMs(pid: number): Promise<number | null> {
  try {
    return parseCpuTime(await readFile(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return null
  }
}

/** @param stat of proc(5): the name, in parentheses, may contain anything, so that fields count from the last one. */
export function parseCpuTime(stat: string): number | null {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const ticks = Number(fields[UTIME]) + Number(fields[STIME])
  return Number.isFinite(ticks) ? (ticks * 1000) / TICKS_PER_SECOND : null
}

/** Fields 14 and 15 of the whole, of which the third is the first here. */
const UTIME = 11
const STIME = 12

/** What of a process is in memory, in bytes. Null as above. */
export async function residentBytes(pid: number): Promise<number | null> {
  try {
    return parseResident(await readFile(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return null
  }
}

/** @param status of proc(5). */
export function parseResident(status: string): number | null {
  const [, kb] = /^VmRSS:\s+(\d+) kB$/m.exec(status) ?? []
  return kb === undefined ? null : Number(kb) * 1024
}
