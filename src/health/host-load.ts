import { cpus } from 'node:os'

/** Idle share below which threads have to wait for a CPU; share of time for which a process may be held back without its being felt. */
const SPARE_SHARE = 0.05

/** Whether there was CPU time to spare, for the machine and for this process, since the last look. */
export class HostLoad {
  readonly #read: () => HostReading
  #last: HostReading

  constructor(read: () => HostReading) {
    this.#read = read
    this.#last = read()
  }

  /** To be called first when somebody begins to be silent, so that the next look is about that time. */
  mark(): void {
    this.#last = this.#read()
  }

  /** True also where the system does not tell. */
  wasRoomy(): boolean {
    const before = this.#last
    this.mark()
    return hadRoom(before, this.#last)
  }
}

/** Counters that only grow. */
export interface HostReading {
  readonly atMs: number
  /** `idle` and `total` time of all CPUs together. */
  readonly cpus: { readonly idle: number; readonly total: number }
  /** For how long the process was kept from running because it had used up what it may. */
  readonly throttledMs: number
}

/** On a machine with many idle CPUs a process that may use one of them is crowded all the same. */
export function hadRoom(before: HostReading, after: HostReading): boolean {
  if (after.throttledMs - before.throttledMs > SPARE_SHARE * (after.atMs - before.atMs)) return false
  const total = after.cpus.total - before.cpus.total
  return total <= 0 || (after.cpus.idle - before.cpus.idle) / total > SPARE_SHARE
}

export function readCpus(): HostReading['cpus'] {
  const times = cpus().map((cpu) => cpu.times)
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return { idle: sum(times.map(({ idle }) => idle)), total: sum(times.flatMap((one) => Object.values(one))) }
}
