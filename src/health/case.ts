import type { ServiceId } from '../model/ids.ts'
import type { HealthSpec } from '../model/spec.ts'
import type { CheckResult } from '../model/verdict.ts'
import { FIRST_ASSESSMENT, type Assessment } from './assessment.ts'
import { Chart } from './chart.ts'
import { Evidence } from './evidence.ts'
import { OwnCheck } from './own-check.ts'
import type { Patient } from './patient.ts'
import { Pulse } from './pulse.ts'

/** The moment of a look: by the clock, and in the monitor's own time. */
export interface Moment {
  readonly nowMs: number
  readonly ownMs: number
}

export interface CaseOwner {
  moment(): Moment
  /** All that the check waited for is there. */
  onExamined(one: Case): void
  /** It was blocked and has answered, after `missedMs` of silence, of which `countedMs` count. */
  onReturned(one: Case, silence: { readonly missedMs: number; readonly countedMs: number }): void
}

/** A worker this busy may be blocked: it is asked. */
const PING_ABOVE_ELU = 0.9

/** One that only waits for something to do is asked so often nevertheless. */
const PING_IDLE_MS = 60_000

/** One patient with all that is known of it, and the questions to it that are open. */
export class Case {
  readonly patient: Patient
  readonly chart: Chart
  readonly pulse: Pulse
  readonly check: OwnCheck
  readonly evidence = new Evidence()
  assessment: Assessment = FIRST_ASSESSMENT
  /** Out of rotation. */
  isOut = false
  /** Its replacement is under way. */
  ordered = false
  /** Over the share of its memory limit at which it is recycled: no check changes that. */
  isFull = false
  /** What its service's own check said in the examination that runs or ran last; null when it said nothing. */
  checked: CheckResult | null = null
  /** A debugger held it when it last answered. */
  inspected = false
  readonly #owner: CaseOwner
  /** When the last check began; at first, since when it is a patient. */
  #checkedMs: number
  #examining = false
  /** What the last check went by. */
  #judgedBy: HealthSpec | null = null

  constructor(patient: Patient, owner: CaseOwner) {
    const { nowMs } = owner.moment()
    this.patient = patient
    this.#owner = owner
    this.#checkedMs = nowMs
    this.chart = new Chart(patient, nowMs)
    this.check = new OwnCheck(patient, (result) => {
      this.checked = result
      // One that says nothing takes nothing back of what is shown.
      if (result) this.chart.check = result
      this.#settle()
    })
    this.pulse = new Pulse(patient, (pong, { askedMs, countedMs }) => {
      this.chart.answered(pong, owner.moment().nowMs)
      this.inspected = pong.inspected
      if (this.isBlocked) owner.onReturned(this, { missedMs: owner.moment().ownMs - askedMs, countedMs })
      this.#settle()
    })
  }

  get service(): ServiceId {
    return this.patient.id.service
  }

  get isBlocked(): boolean {
    return this.assessment.standing === 'blocked'
  }

  /** It has been asked, and may be silent because it is blocked or because it gets no CPU. */
  get isDoubtful(): boolean {
    return this.pulse.isOpen && (this.chart.elu >= PING_ABOVE_ELU || this.pulse.isLate)
  }

  /** When it wants to be looked at, by the clock; Infinity when the ordinary rhythm will do. */
  dueMs({ nowMs, ownMs }: Moment): number {
    const own = Math.min(this.pulse.deadlineMs ?? Infinity, this.check.deadlineMs ?? Infinity)
    return nowMs + own - ownMs
  }

  /** Gets to know it while it is awake: later it may rest, and would have to be woken for that. Silence says nothing yet. */
  async meet(): Promise<void> {
    const { patient } = this
    const pong = await patient.ping(patient.spec.intervalMs).catch(() => null)
    if (pong === null) return
    this.chart.answered(pong, this.#owner.moment().nowMs)
    this.inspected = pong.inspected
  }

  /** Asks what there is reason to ask. `leewayMs`: a check may begin that much too soon. */
  question({ nowMs, ownMs }: Moment, leewayMs: number): void {
    if (!this.patient.spec.enabled) return
    if (this.chart.elu >= PING_ABOVE_ELU || this.evidence.isStuck) this.pulse.ask(ownMs)
    if (this.#examining || this.isBlocked || nowMs < this.#checkedMs + this.patient.spec.intervalMs - leewayMs) return
    const rested = this.#mayRest && this.chart.hasRested && nowMs < this.chart.answeredMs + PING_IDLE_MS
    this.#checkedMs = nowMs
    // To be asked would be all that it does: of a hundred idle workers that is what they cost.
    if (rested) this.chart.rested()
    if (rested && this.#isAsItWas) return this.chart.turnPage()
    this.#judgedBy = this.patient.spec
    this.#examining = true
    this.checked = null
    if (!rested) this.pulse.ask(ownMs)
    this.check.begin(ownMs)
    if (this.patient.cpuLimit > 0) void this.#clock()
    this.#settle()
  }

  /** Nothing is held against it that may have passed by now, and nothing is measured that only it can tell. */
  get #mayRest(): boolean {
    const { verdict, badChecks } = this.assessment
    return badChecks === 0 && (verdict.kind === 'ok' || verdict.kind === 'grace') && this.patient.cpuLimit === 0
  }

  /** Nothing has happened to one that was well, and nobody else is asked about it: the check would find what the last one found. */
  get #isAsItWas(): boolean {
    const { verdict, standing } = this.assessment
    return (
      verdict.kind === 'ok' &&
      standing === 'trusted' &&
      this.evidence.isEmpty &&
      this.patient.check === null &&
      this.patient.spec === this.#judgedBy &&
      this.patient.spec.maxRssBytes === 0
    )
  }

  /** It is blocked: there is nothing to be learnt from the rest of the check. */
  breakOff(): void {
    this.#examining = false
  }

  close(): void {
    this.check.cancel()
  }

  async #clock(): Promise<void> {
    const totalMs = await this.patient.cpuTime(this.patient.spec.intervalMs)
    if (totalMs !== null) this.chart.clocked(this.#owner.moment().nowMs, totalMs)
  }

  #settle(): void {
    if (!this.#examining || this.pulse.isOpen || this.check.isOpen) return
    this.#examining = false
    this.#owner.onExamined(this)
  }
}
