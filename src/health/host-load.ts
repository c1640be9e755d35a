import { cpus } from 'node:os'

/** Idle share below which threads have to wait for a CPU. */
const ROOMY_ABOVE = 0.05

/** Whether the machine had CPU time to spare since the last look. */
export class HostLoad {
  readonly #read: () => CpuTime
  #last: CpuTime

  constructor(read: () => CpuTime = readCpuTime) {
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
    const total = this.#last.total - before.total
    return total <= 0 || (this.#last.idle - before.idle) / total > ROOMY_ABOVE
  }
}

/** Of all CPUs together, since the machine started. */
export interface CpuTime {
  readonly idle: number
  readonly total: number
}

function readCpuTime(): CpuTime {
  const times = cpus().map((cpu) => cpu.times)
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
  return { idle: sum(times.map(({ idle }) => idle)), total: sum(times.flatMap((one) => Object.values(one))) }
}
