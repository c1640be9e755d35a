import { latencyQuantileMs, rowDifference, type RowReading } from '../model/worker-row.ts'
import type { Vitals } from '../model/view.ts'
import type { Patient } from './patient.ts'

/** Rates and quantiles are over this long. */
const WINDOW_MS = 10_000

/** Below this share of its loop a worker did nothing, and its heap is what it was. */
const ACTIVE_ELU = 0.005

interface Mark {
  readonly atMs: number
  readonly row: RowReading
}

/** What was measured of one worker. */
export class Chart {
  loopDelayMs: number | null = null
  heap: { readonly usedBytes: number; readonly limitBytes: number } | null = null
  readonly #patient: Patient
  /** Oldest first, the first one at least `WINDOW_MS` old once there are enough. */
  #marks: readonly Mark[]
  #elu: number | null = null
  #observedMs: number

  constructor(patient: Patient, nowMs: number) {
    this.#patient = patient
    this.#observedMs = nowMs
    this.#marks = [{ atMs: nowMs, row: patient.readRow() }]
    // The first call only sets the mark that the next one counts from.
    patient.utilisation()
  }

  /** Takes the measures that need no answer from the worker, at most once per `everyMs`. */
  observe(nowMs: number, everyMs: number): void {
    if (nowMs - this.#observedMs < everyMs * 0.9) return
    this.#observedMs = nowMs
    this.#elu = this.#patient.utilisation()
    const marks = [...this.#marks, { atMs: nowMs, row: this.#patient.readRow() }]
    const firstFresh = marks.findIndex((mark) => mark.atMs > nowMs - WINDOW_MS)
    this.#marks = marks.slice(Math.max(0, firstFresh - 1))
  }

  /** True until the first measure, and whenever the worker did something. */
  get wasActive(): boolean {
    return this.heap === null || (this.#elu ?? 1) > ACTIVE_ELU
  }

  get vitals(): Vitals {
    const first = this.#marks[0]
    const last = this.#marks.at(-1)
    const spanMs = first && last ? last.atMs - first.atMs : 0
    const work = first && last ? rowDifference(first.row, last.row) : { requests: 0, latency: [] }
    return {
      elu: this.#elu,
      heapUsedBytes: this.heap?.usedBytes ?? null,
      heapLimitBytes: this.heap?.limitBytes ?? null,
      loopDelayMs: this.loopDelayMs,
      p99Ms: latencyQuantileMs(work.latency, 0.99),
      requestsPerSecond: spanMs > 0 ? (work.requests * 1000) / spanMs : null,
    }
  }
}
