// What Linux writes in /proc, as it is read there: see proc(5).

/** The kernel counts CPU time for /proc in these, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100
const MIB_IN_KIB = 1024

export interface CpuTimes {
  /** Of all threads of the process, also those that have ended. */
  readonly ownMs: number
  /** Of children that have ended and been waited for. */
  readonly reapedMs: number
}

/** `/proc/PID/stat`. The second field is a name in brackets, with whatever is in it. */
export function parseStat(text: string): CpuTimes {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // Fields are counted from 1, and the first two are cut off.
  const ticks = (field: number): number => numberOf(fields[field - 3], text)
  return { ownMs: toMs(ticks(14) + ticks(15)), reapedMs: toMs(ticks(16) + ticks(17)) }
}

export interface Memory {
  readonly rssMib: number
  /** As RSS, but what several processes share is divided among them: fair for those who are more than one. */
  readonly pssMib: number
}

/** `/proc/PID/smaps_rollup`. */
export function parseSmapsRollup(text: string): Memory {
  const mib = (name: string): number => numberOf(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1], text) / MIB_IN_KIB
  return { rssMib: mib('Rss'), pssMib: mib('Pss') }
}

function toMs(ticks: number): number {
  return (ticks * 1000) / TICKS_PER_SECOND
}

function numberOf(field: string | undefined, text: string): number {
  const value = Number(field ?? Number.NaN)
  if (Number.isNaN(value)) throw new Error(`Cannot read what /proc says: ${text}`)
  return value
}
