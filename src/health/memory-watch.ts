import type { Chart } from './chart.ts'
import { judgeMemory, MEMORY_INTERVAL_MS } from './heap-limit.ts'
import type { Patient } from './patient.ts'

type Judgement = ReturnType<typeof judgeMemory>

const DEADLINE_MS = 1000

/** Holds one worker to its memory limit, and asks more often the nearer it comes to it. An idle worker is left alone: its memory is what it was. */
export class MemoryWatch {
  readonly #patient: Patient
  readonly #chart: Chart
  readonly #onJudged: (judgement: Judgement) => void
  #nextMs: number
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
    void this.#patient.memory(DEADLINE_MS).then((reading) => {
      this.#asking = false
      if (!reading) return
      this.#chart.weighed(reading)
      const judgement = judgeMemory(reading, limitBytes)
      this.#nextMs = nowMs + judgement.nextInMs
      this.#onJudged(judgement)
    })
  }
}
