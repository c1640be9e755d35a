import type { Clock } from '../model/clock.ts'
import type { Emit } from '../model/events.ts'
import { formatWorkerId, type ServiceId, type WorkerKey } from '../model/ids.ts'
import type { CheckResult, Finding } from '../model/verdict.ts'
import type { Vitals } from '../model/view.ts'
import { assess, assessReturn, assessSilence, type Assessment } from './assessment.ts'
import { Case, type CaseOwner, type Moment } from './case.ts'
import type { CallerReport } from './evidence.ts'
import type { MemoryJudgement, MemoryReading } from './heap-limit.ts'
import type { MemoryObserver } from './memory-watch.ts'
import { OwnTime } from './own-time.ts'
import { NO_VITALS, type Patient, type Treatment } from './patient.ts'
import { PING_DEADLINE_MS } from './pulse.ts'
import { outOfRotation } from './rotation.ts'

export interface MonitorOptions {
  readonly clock: Clock
  readonly emit: Emit
  readonly treatment: Treatment
  /** Looks at the machine only while somebody is silent. */
  readonly host: { mark(): void; wasRoomy(): boolean }
  /** Memory of the process. */
  readonly rss: () => number
  /** False while a debugger may be holding workers. */
  readonly mayKillBlocked: () => boolean
}

/** The measures that cost nothing are taken this often, so that `ps` is fresh. */
const OBSERVE_MS = 1000
const SOONEST_MS = 50

/** After a stall of the main thread its queue is read before the next look. */
const AFTER_STALL_MS = 100

/** Timers may be that much too soon. */
const TOLERANCE_MS = 20

/** Watches every ready worker of the runtime, from the outside where it can. Nothing here waits for a worker without a deadline. */
export class HealthMonitor implements CaseOwner, MemoryObserver {
  readonly #options: MonitorOptions
  readonly #cases = new Map<WorkerKey, Case>()
  readonly #time = new OwnTime()
  #cancelTick: (() => void) | null = null
  #dueMs = 0
  #watching = false

  constructor(options: MonitorOptions) {
    this.#options = options
  }

  start(): void {
    if (!this.#cancelTick) this.#schedule(OBSERVE_MS)
  }

  /** Judges nobody any more; what is known stays to be read. */
  close(): void {
    this.#cancelTick?.()
    this.#cancelTick = null
    for (const one of this.#cases.values()) one.close()
  }

  admit(patient: Patient): void {
    const one = new Case(patient, this)
    this.#cases.set(formatWorkerId(patient.id), one)
    this.#rotate(patient.id.service)
    if (this.#cancelTick && patient.spec.enabled) void one.meet()
  }

  /** It serves no more. True when it is to be killed for that: it is known to be blocked and will not follow any order. */
  discharge(worker: WorkerKey): boolean {
    const found = this.#cases.get(worker)
    if (!found) return false
    this.#cases.delete(worker)
    found.close()
    this.#rotate(found.service)
    return found.isBlocked && this.#mayKillBlocked(found)
  }

  hear(report: CallerReport): void {
    if (report.kind === 'gone') {
      for (const one of this.#cases.values()) one.evidence.forget(report.caller, this.moment().ownMs)
      return
    }
    const found = this.#cases.get(report.target)
    if (!found || !this.#cancelTick) return
    const moment = this.moment()
    found.evidence.hear(report.kind, report.caller, moment.ownMs)
    if (report.kind !== 'stuck' || !found.patient.spec.enabled) return
    found.pulse.ask(moment.ownMs)
    this.#hasten()
  }

  vitals(worker: WorkerKey): Vitals {
    return this.#cases.get(worker)?.chart.vitals ?? NO_VITALS
  }

  check(worker: WorkerKey): CheckResult | null {
    return this.#cases.get(worker)?.chart.check ?? null
  }

  assessment(worker: WorkerKey): Assessment | null {
    const found = this.#cases.get(worker)
    return found?.patient.spec.enabled ? found.assessment : null
  }

  moment(): Moment {
    const nowMs = this.#options.clock.nowMs()
    return { nowMs, ownMs: this.#time.at(nowMs) }
  }

  onExamined(one: Case): void {
    if (!this.#isKnown(one) || one.isBlocked || one.isFull) return
    const { ownMs, nowMs } = this.moment()
    const { patient, chart } = one
    const evidence = one.evidence.take(ownMs, { pingMs: PING_DEADLINE_MS, stuckMs: patient.stuckAfterMs })
    const readings = chart.readings(this.#rssFor(patient))
    const company = () => ({
      elu: Math.max(chart.elu, readings.elu ?? 0),
      // Those that get no requests cannot be stuck.
      stuck: this.#siblings(one).flatMap((other) => (other.isOut ? [] : [other.evidence.wasStuck(ownMs - patient.spec.intervalMs)])),
    })
    const sample = {
      readings,
      siblings: () => this.#siblings(one).map((other) => other.chart.readings(null)),
      cpuLimit: patient.cpuLimit,
      evidence: [...evidence, ...checkFinding(one.checked, patient)],
      company,
      readyForMs: nowMs - patient.readyAtMs,
    }
    chart.turnPage()
    const { after, order } = assess(one.assessment, sample, patient.spec)
    this.#apply(one, after)
    if (order === 'replace') this.#replace(one, 'unhealthy')
  }

  onReturned(one: Case, { missedMs, countedMs }: { readonly missedMs: number; readonly countedMs: number }): void {
    if (!this.#isKnown(one)) return
    // One that was only starved has nothing to be replaced for.
    if (countedMs >= PING_DEADLINE_MS - TOLERANCE_MS) one.evidence.missed(missedMs)
    this.#apply(one, assessReturn(one.assessment, { measure: 'ping', limit: PING_DEADLINE_MS, value: missedMs }))
  }

  isServing(worker: WorkerKey): boolean {
    return this.#cancelTick !== null && this.#cases.has(worker)
  }

  /** Of one that does not serve, and of all when nobody is observed any more, nothing is known. */
  mayHaveGrown(worker: WorkerKey, sinceMs: number): boolean {
    return this.#cancelTick === null || (this.#cases.get(worker)?.chart.wasActive(sinceMs) ?? true)
  }

  weighed(worker: WorkerKey, reading: MemoryReading): void {
    this.#cases.get(worker)?.chart.weighed(reading)
  }

  judged(worker: WorkerKey, { order, finding }: MemoryJudgement): void {
    const one = this.#cases.get(worker)
    if (!one || !this.#isKnown(one)) return
    one.isFull = order !== 'none'
    if (order === 'none') return
    this.#apply(one, { ...one.assessment, verdict: { kind: 'unhealthy', ...finding } })
    if (order === 'recycle') this.#replace(one, 'heap')
  }

  #isKnown(one: Case): boolean {
    return this.#cancelTick !== null && this.#cases.get(formatWorkerId(one.patient.id)) === one
  }

  #schedule(delayMs: number): void {
    this.#dueMs = this.#options.clock.nowMs() + delayMs
    this.#time.plan(this.#dueMs)
    this.#cancelTick = this.#options.clock.schedule(delayMs, () => this.#tick())
  }

  /** Ticks sooner than planned, if there is a reason to. */
  #hasten(): void {
    const moment = this.moment()
    const delayMs = this.#nextDelay(moment, this.#rhythmMs())
    if (!this.#cancelTick || this.#dueMs - moment.nowMs <= delayMs) return
    this.#cancelTick()
    this.#schedule(delayMs)
  }

  #tick(): void {
    const stalled = this.#time.arrive(this.#options.clock.nowMs())
    const moment = this.moment()
    const rhythmMs = this.#rhythmMs()
    const roomy = this.#watching ? this.#options.host.wasRoomy() : true
    for (const one of this.#cases.values()) {
      one.chart.observe(moment.nowMs, rhythmMs)
      if (stalled) continue
      this.#listen(one, { ownMs: moment.ownMs, roomy })
      one.check.look(moment.ownMs)
      one.question(moment, rhythmMs / 2)
    }
    this.#watchHost()
    if (this.#cancelTick) this.#schedule(stalled ? AFTER_STALL_MS : this.#nextDelay(this.moment(), rhythmMs))
  }

  /** Looks at the machine only while that matters: it costs more than the workers do. */
  #watchHost(): void {
    const doubtful = [...this.#cases.values()].some((one) => one.isDoubtful)
    if (doubtful && !this.#watching) this.#options.host.mark()
    this.#watching = doubtful
  }

  /** Judges the silence of a worker that has been pinged. */
  #listen(one: Case, { ownMs, roomy }: { readonly ownMs: number; readonly roomy: boolean }): void {
    const silence = one.pulse.look(ownMs, roomy)
    if (silence === null || silence.wallMs < PING_DEADLINE_MS - TOLERANCE_MS) return
    one.breakOff()
    const { patient } = one
    const { after, order } = assessSilence(one.assessment, silence.countedMs, patient.spec)
    this.#apply(one, after)
    if (order === 'kill' && this.#mayKillBlocked(one)) this.#options.treatment.kill(patient.id, 'blocked')
  }

  #mayKillBlocked({ inspected }: Case): boolean {
    return !inspected && this.#options.mayKillBlocked()
  }

  /** As often as the most impatient service wants to be checked, at most once a second otherwise. */
  #rhythmMs(): number {
    let rhythmMs = OBSERVE_MS
    for (const { patient } of this.#cases.values()) if (patient.spec.enabled) rhythmMs = Math.min(rhythmMs, patient.spec.intervalMs)
    return Math.max(SOONEST_MS, rhythmMs)
  }

  #nextDelay(moment: Moment, rhythmMs: number): number {
    let dueMs = moment.nowMs + rhythmMs
    for (const one of this.#cases.values()) dueMs = Math.min(dueMs, one.dueMs(moment))
    return Math.max(SOONEST_MS, dueMs - moment.nowMs)
  }

  #replace(one: Case, reason: 'unhealthy' | 'heap'): void {
    if (one.ordered) return
    const done = this.#options.treatment.replace(one.patient.id, reason)
    if (done === null) return
    one.ordered = true
    // When it failed, the worker is still here: it has to be found unhealthy anew.
    void done.then(() => {
      one.ordered = false
      one.assessment = { ...one.assessment, badChecks: 0 }
    })
  }

  #apply(one: Case, after: Assessment): void {
    const before = one.assessment
    one.assessment = after
    const { patient } = one
    if (before.verdict.kind !== after.verdict.kind) {
      patient.setPressed(after.verdict.kind === 'pressed' || after.verdict.kind === 'unhealthy')
      this.#options.emit({ type: 'health.changed', worker: patient.id, from: before.verdict.kind, verdict: after.verdict })
    }
    if (before.standing === after.standing) return
    this.#rotate(one.service)
    if (before.standing === 'trusted' && 'measure' in after.verdict) {
      const { measure, limit, value } = after.verdict
      this.#options.emit({ type: 'worker.suspected', worker: patient.id, measure, limit, value, ejected: one.isOut })
    }
  }

  #rotate(service: ServiceId): void {
    const pool = this.#pool(service)
    const out = outOfRotation(new Map(pool.map((one) => [one, one.assessment.standing])))
    const { treatment } = this.#options
    for (const one of pool) {
      if (one.isOut === out.has(one)) continue
      one.isOut = !one.isOut
      if (one.isOut) treatment.leaveRotation(one.patient.id)
      else treatment.enterRotation(one.patient.id)
    }
  }

  #pool(service: ServiceId): readonly Case[] {
    return [...this.#cases.values()].filter((one) => one.service === service)
  }

  #siblings(one: Case): readonly Case[] {
    return this.#pool(one.service).filter((other) => other !== one)
  }

  #rssFor({ spec }: Patient): number | null {
    return spec.maxRssBytes === 0 ? null : this.#options.rss()
  }
}

function checkFinding(check: CheckResult | null, { spec }: Patient): readonly Finding[] {
  if (check === null || check.ok || spec.check.kind === 'none') return []
  return [{ measure: 'check', limit: spec.checkTimeoutMs, value: check.durationMs, detail: check.detail }]
}
