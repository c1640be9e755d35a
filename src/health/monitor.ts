import type { Clock } from '../model/clock.ts'
import type { Emit } from '../model/events.ts'
import { formatWorkerId, type WorkerKey } from '../model/ids.ts'
import { assess, FIRST_ASSESSMENT, type Assessment } from './assessment.ts'
import { Chart } from './chart.ts'
import { HEAP_INTERVAL_MS, judgeHeap } from './heap-limit.ts'
import { NO_VITALS, type Patient, type Treatment } from './patient.ts'
import type { Vitals } from '../model/view.ts'

export interface MonitorOptions {
  readonly clock: Clock
  readonly emit: Emit
  readonly treatment: Treatment
}

/** A worker that does not answer a ping within this time does not turn its loop. */
const PING_DEADLINE_MS = 1000
const HEAP_DEADLINE_MS = 1000

/** A worker this busy may be blocked: it is asked. An idle one is left alone. */
const PING_ABOVE_ELU = 0.9

/** The measures that cost nothing are taken this often, so that `ps` is fresh. */
const OBSERVE_MS = 1000

/** When the monitor's own loop was late by this much, its measures say nothing about the workers. */
const STALL_MS = 500

interface Case {
  readonly patient: Patient
  readonly chart: Chart
  assessment: Assessment
  /** When it was first asked without an answer; null when it has answered. */
  silentSinceMs: number | null
  pinging: boolean
  nextCheckMs: number
  nextHeapMs: number
  ordered: boolean
}

/** Watches every ready worker of the runtime, from the outside where it can. Nothing here waits for a worker without a deadline. */
export class HealthMonitor {
  readonly #options: MonitorOptions
  readonly #cases = new Map<WorkerKey, Case>()
  #cancelTick: (() => void) | null = null
  #dueMs = 0

  constructor(options: MonitorOptions) {
    this.#options = options
  }

  start(): void {
    if (!this.#cancelTick) this.#schedule(OBSERVE_MS)
  }

  close(): void {
    this.#cancelTick?.()
    this.#cancelTick = null
    this.#cases.clear()
  }

  admit(patient: Patient): void {
    const nowMs = this.#options.clock.nowMs()
    this.#cases.set(formatWorkerId(patient.id), {
      patient,
      chart: new Chart(patient, nowMs),
      assessment: FIRST_ASSESSMENT,
      silentSinceMs: null,
      pinging: false,
      nextCheckMs: nowMs + patient.spec.intervalMs,
      nextHeapMs: nowMs,
      ordered: false,
    })
  }

  discharge(worker: WorkerKey): void {
    this.#cases.delete(worker)
  }

  vitals(worker: WorkerKey): Vitals {
    return this.#cases.get(worker)?.chart.vitals ?? NO_VITALS
  }

  assessment(worker: WorkerKey): Assessment | null {
    const found = this.#cases.get(worker)
    return found?.patient.spec.enabled ? found.assessment : null
  }

  #schedule(delayMs: number): void {
    this.#dueMs = this.#options.clock.nowMs() + delayMs
    this.#cancelTick = this.#options.clock.schedule(delayMs, () => this.#tick())
  }

  /** Ticks sooner than planned, if that is what it takes. */
  #hasten(delayMs: number): void {
    if (!this.#cancelTick || this.#dueMs - this.#options.clock.nowMs() <= delayMs) return
    this.#cancelTick()
    this.#schedule(delayMs)
  }

  #tick(): void {
    const nowMs = this.#options.clock.nowMs()
    const stalled = nowMs - this.#dueMs > STALL_MS
    for (const one of this.#cases.values()) this.#observe(one, { nowMs, stalled })
    this.#schedule(this.#nextDelay(nowMs))
  }

  #nextDelay(nowMs: number): number {
    const close = [...this.#cases.values()].filter((one) => one.patient.heapLimitBytes !== null)
    const nextMs = close.reduce((soonest, one) => Math.min(soonest, one.nextHeapMs), nowMs + OBSERVE_MS)
    return Math.max(50, nextMs - nowMs)
  }

  #observe(one: Case, { nowMs, stalled }: { readonly nowMs: number; readonly stalled: boolean }): void {
    one.chart.observe(nowMs, OBSERVE_MS)
    if (nowMs >= one.nextHeapMs) this.#askHeap(one, nowMs)
    const { spec } = one.patient
    // After a stall of this loop the answers of the workers are still queued: let them come in before anybody is judged.
    if (!spec.enabled || stalled) return
    const suspicious = (one.chart.vitals.elu ?? 0) >= PING_ABOVE_ELU
    if ((suspicious || one.silentSinceMs !== null) && !one.pinging) this.#ping(one)
    if (one.silentSinceMs !== null || nowMs >= one.nextCheckMs) this.#check(one, nowMs)
  }

  #ping(one: Case): void {
    one.pinging = true
    const askedMs = this.#options.clock.nowMs()
    one.patient
      .ping(PING_DEADLINE_MS)
      .then(
        ({ loopDelayMs }) => {
          one.silentSinceMs = null
          one.chart.loopDelayMs = loopDelayMs
        },
        () => {
          one.silentSinceMs ??= askedMs
          this.#check(one, this.#options.clock.nowMs())
        },
      )
      .finally(() => (one.pinging = false))
  }

  #askHeap(one: Case, nowMs: number): void {
    const limit = one.patient.heapLimitBytes
    if (limit === null && !one.chart.wasActive) return
    one.nextHeapMs = nowMs + (limit === null ? one.patient.spec.intervalMs : HEAP_INTERVAL_MS)
    void one.patient.heap(HEAP_DEADLINE_MS).then((heap) => {
      if (!heap) return
      one.chart.heap = { usedBytes: heap.usedBytes, limitBytes: limit ?? heap.limitBytes }
      if (limit !== null) this.#enforceHeap(one, { usedBytes: heap.usedBytes, limitBytes: limit, nowMs })
    })
  }

  #enforceHeap(one: Case, heap: { readonly usedBytes: number; readonly limitBytes: number; readonly nowMs: number }): void {
    const { order, nextInMs } = judgeHeap(heap.usedBytes, heap.limitBytes)
    one.nextHeapMs = heap.nowMs + nextInMs
    this.#hasten(nextInMs)
    if (!this.#cases.has(formatWorkerId(one.patient.id))) return
    if (order === 'terminate') this.#options.treatment.kill(one.patient.id, 'heap-limit')
    if (order === 'recycle') this.#replace(one, 'heap')
  }

  #check(one: Case, nowMs: number): void {
    const { patient } = one
    const worker = formatWorkerId(patient.id)
    if (!this.#cases.has(worker)) return
    one.nextCheckMs = nowMs + patient.spec.intervalMs
    const { after, order } = assess(one.assessment, this.#sample(one, nowMs), patient.spec)
    this.#apply(one, after)
    if (order === 'kill') this.#options.treatment.kill(patient.id, 'blocked')
    if (order === 'replace') this.#replace(one, 'unhealthy')
  }

  /** Once: from then on the worker is on its way out. */
  #replace(one: Case, reason: 'unhealthy' | 'heap'): void {
    if (!one.ordered) one.ordered = this.#options.treatment.replace(one.patient.id, reason)
  }

  #sample(one: Case, nowMs: number) {
    const { vitals } = one.chart
    const siblings = [...this.#cases.values()].filter((other) => other !== one && other.patient.id.service === one.patient.id.service)
    return {
      elu: vitals.elu ?? 0,
      heapShare: vitals.heapUsedBytes !== null && vitals.heapLimitBytes !== null ? vitals.heapUsedBytes / vitals.heapLimitBytes : null,
      silentMs: one.silentSinceMs === null ? null : nowMs - one.silentSinceMs,
      readyForMs: nowMs - one.patient.readyAtMs,
      siblingsElu: siblings.map((other) => other.chart.vitals.elu ?? 0),
    }
  }

  #apply(one: Case, after: Assessment): void {
    const before = one.assessment
    one.assessment = after
    const { treatment, emit } = this.#options
    if (before.inRotation && !after.inRotation) treatment.leaveRotation(one.patient.id)
    if (!before.inRotation && after.inRotation) treatment.enterRotation(one.patient.id)
    if (before.verdict.kind === after.verdict.kind) return
    emit({ type: 'health.changed', worker: one.patient.id, from: before.verdict.kind, verdict: after.verdict })
  }
}
