import { latencyQuantileMs, rowDifference, type RowReading } from '../model/worker-row.ts'
import type { CheckResult } from '../model/verdict.ts'
import type { Vitals } from '../model/view.ts'
import type { Readings } from './findings.ts'
import type { MemoryReading } from './heap-limit.ts'
import type { Patient, PongReading } from './patient.ts'

/** Rates and quantiles are over this long. */
const WINDOW_MS = 10_000

/** Below this share of its loop a worker did nothing, and its memory is what it was. */
const ACTIVE_ELU = 0.005

interface Mark {
  readonly atMs: number
  readonly row: RowReading
}

/** What was measured of one worker. */
export class Chart {
  /** The last that was said. */
  check: CheckResult | null = null
  readonly #patient: Patient
  /** Oldest first, the first one at least `WINDOW_MS` old once there are enough. */
  readonly #marks: Mark[]
  #memory: MemoryReading | null = null
  #loopDelayMs: number | null = null
  /** Since the last check; null when it has not been pinged since. */
  #worstDelayMs: number | null = null
  #elu: number | null = null
  #activeMs: number
  #answeredMs = Number.NEGATIVE_INFINITY
  /** Since the last check. */
  #busyMs = 0
  #spanMs = 0
  #observedMs: number
  #cpuTime: { readonly atMs: number; readonly totalMs: number } | null = null
  #cpu: number | null = null

  constructor(patient: Patient, nowMs: number) {
    this.#patient = patient
    this.#observedMs = nowMs
    this.#activeMs = nowMs
    this.#marks = [{ atMs: nowMs, row: patient.readRow() }]
    // The first call only sets the mark that the next one counts from.
    patient.utilisation()
  }

  /** Takes the measures that need no answer from the worker, at most once per `everyMs`. */
  observe(nowMs: number, everyMs: number): void {
    const spanMs = nowMs - this.#observedMs
    if (spanMs < everyMs * 0.9) return
    this.#observedMs = nowMs
    const share = this.#patient.utilisation()
    // What is read from outside while the thread goes on may be off by a trifle.
    this.#elu = share === null ? null : Math.min(1, Math.max(0, share))
    // Of what nobody knows, anything may be true.
    if (this.#elu === null || this.#elu > ACTIVE_ELU) this.#activeMs = nowMs
    if (this.#elu !== null) {
      this.#busyMs += this.#elu * spanMs
      this.#spanMs += spanMs
    }
    const marks = this.#marks
    marks.push({ atMs: nowMs, row: this.#patient.readRow(marks.at(-1)?.row) })
    while ((marks[1]?.atMs ?? nowMs) <= nowMs - WINDOW_MS) marks.shift()
  }

  answered(pong: PongReading, nowMs: number): void {
    this.#answeredMs = nowMs
    this.#loopDelayMs = pong.loopDelayMs
    this.#worstDelayMs = Math.max(this.#worstDelayMs ?? 0, pong.loopDelayMs)
    this.weighed(pong)
  }

  /** Nothing to be asked: its loop did nothing but wait, so that it turns, has no delay, and all else is as it was. */
  rested(): void {
    this.#loopDelayMs = 0
    this.#worstDelayMs = 0
  }

  /** When it last answered; never is long ago. */
  get answeredMs(): number {
    return this.#answeredMs
  }

  weighed(memory: MemoryReading): void {
    this.#memory = memory
  }

  /** CPU time since its birth. */
  clocked(nowMs: number, totalMs: number): void {
    const before = this.#cpuTime
    this.#cpuTime = { atMs: nowMs, totalMs }
    if (before && nowMs > before.atMs) this.#cpu = (totalMs - before.totalMs) / (nowMs - before.atMs)
  }

  /** Whether it was seen to do something since, or when it was last looked at. */
  wasActive(sinceMs: number): boolean {
    return this.elu > ACTIVE_ELU || this.#activeMs >= sinceMs
  }

  /** Whether its loop has done nothing but wait since the last check, a question of ours or so apart. */
  get hasRested(): boolean {
    return this.#spanMs > 0 && this.#busyMs <= ACTIVE_ELU * this.#spanMs
  }

  /** Busy share in the last second or so. */
  get elu(): number {
    return this.#elu ?? 0
  }

  /** Since the last check. `rss`: of the process. */
  readings(rss: number | null): Readings {
    const elu = this.#spanMs > 0 ? this.#busyMs / this.#spanMs : this.#elu
    return { elu, heap: this.#heapShare, cpu: this.#cpu, delay: this.#worstDelayMs ?? this.#loopDelayMs, response: this.#p99Ms, rss }
  }

  /** The next check begins here. */
  turnPage(): void {
    this.#busyMs = 0
    this.#spanMs = 0
    this.#worstDelayMs = null
  }

  get vitals(): Vitals {
    const { requests, spanMs } = this.#work
    return {
      elu: this.#elu,
      heapUsedBytes: this.#memory?.heapUsedBytes ?? null,
      heapLimitBytes: this.#memory ? this.#heapLimit(this.#memory) : null,
      externalBytes: this.#memory?.externalBytes ?? null,
      cpu: this.#cpu,
      loopDelayMs: this.#loopDelayMs,
      p99Ms: this.#p99Ms,
      requestsPerSecond: spanMs > 0 ? (requests * 1000) / spanMs : null,
    }
  }

  get #heapShare(): number | null {
    const memory = this.#memory
    return memory === null ? null : memory.heapUsedBytes / this.#heapLimit(memory)
  }

  /** What meshrt enforces, or else V8. */
  #heapLimit({ heapLimitBytes }: MemoryReading): number {
    return this.#patient.memoryLimitBytes ?? heapLimitBytes
  }

  get #p99Ms(): number | null {
    return latencyQuantileMs(this.#work.latency, 0.99)
  }

  get #work(): { readonly requests: number; readonly latency: readonly number[]; readonly spanMs: number } {
    const first = this.#marks[0]
    const last = this.#marks.at(-1)
    if (!first || !last) return { requests: 0, latency: [], spanMs: 0 }
    return { ...rowDifference(first.row, last.row), spanMs: last.atMs - first.atMs }
  }
}
