import type { Chart } from './chart.ts'
import { judgeMemory, MEMORY_INTERVAL_MS, type MemoryReading } from './heap-limit.ts'
import type { Patient } from './patient.ts'

type Judgement = ReturnType<typeof judgeMemory>

const DEADLINE_MS = 1000

/** A worker at its limit that does not collect its garbage within this time is ended for what it has. */
const COLLECT_DEADLINE_MS = 2000

/** So often, at the most, is a worker made to collect its garbage. */
const COLLECT_INTERVAL_MS = 2000

/**
 * Holds one worker to its memory limit, and asks more often the nearer it comes to it. An idle worker is left alone: its memory is what it was.
 * Nobody is judged for garbage, of which V8 keeps as much as its own limit allows: before anything is done to a worker it has to collect.
 */
export class MemoryWatch {
  readonly #patient: Patient
  readonly #chart: Chart
  readonly #onJudged: (judgement: Judgement) => void
  #nextMs: number
  #collectMs = Number.NEGATIVE_INFINITY
  #asking = false

  constructor(patient: Patient, { chart, nowMs, onJudged }: { chart: Chart; nowMs: number; onJudged: (judgement: Judgement) => void }) {
    this.#patient = patient
    this.#chart = chart
    this.#onJudged = onJudged
    this.#nextMs = nowMs
  }

  /** When it is to be asked next; null for never. */
  get nextMs(): number | null {
    return this.#patient.memoryLimitBytes === null ? null : this.#nextMs
  }

  look(nowMs: number): void {
    const limitBytes = this.#patient.memoryLimitBytes
    if (limitBytes === null || nowMs < this.#nextMs || this.#asking) return
    this.#nextMs = nowMs + MEMORY_INTERVAL_MS
    if (!this.#chart.wasActive) return
    this.#asking = true
    void this.#judge(limitBytes, nowMs).then((judgement) => {
      this.#asking = false
      if (!judgement) return
      this.#nextMs = nowMs + judgement.nextInMs
      this.#onJudged(judgement)
    })
  }

  /** Null when it has not answered, or has collected so lately that what came since may well be garbage. */
  async #judge(limitBytes: number, nowMs: number): Promise<Judgement | null> {
    const reading = await this.#patient.memory(DEADLINE_MS)
    if (!reading) return null
    this.#chart.weighed(reading)
    const judgement = judgeMemory(reading, limitBytes)
    if (judgement.order === 'none') return judgement
    if (nowMs < this.#collectMs + COLLECT_INTERVAL_MS) return null
    this.#collectMs = nowMs
    const live = await this.#collected()
    if (!live) return judgement
    this.#chart.weighed(live)
    return judgeMemory(live, limitBytes)
  }

  #collected(): Promise<MemoryReading | null> {
    return this.#patient.weigh(COLLECT_DEADLINE_MS).catch(() => null)
  }
}
