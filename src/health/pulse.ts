import type { Patient, PongReading } from './patient.ts'
import { NO_SILENCE, prolong, type Silence } from './silence.ts'

/** A worker that does not answer a ping within this time does not turn its loop. */
export const PING_DEADLINE_MS = 1000

/** An answer is waited for as long as there may be one: late ones count. After this long the question is put anew. */
const ASK_AGAIN_MS = 300_000

/** A question that was answered. */
export interface Asked {
  readonly askedMs: number
  /** The part of the silence that counts, up to the last look. */
  readonly countedMs: number
}

interface Question {
  readonly askedMs: number
  lookedMs: number
  silence: Silence
  readonly cpu: CpuUse
}

/** What of the worker's CPU time is known during one silence: what it uses between two of them says nothing about either. */
interface CpuUse {
  /** When the question that is open was put; null when none is. */
  askedMs: number | null
  /** The last answer; null when there was none, or Node.js cannot tell. */
  totalMs: number | null
  /** The part of it that has been counted. */
  countedMs: number | null
}

/** Whether a worker's loop turns: at most one ping is open. Times are the monitor's own. */
export class Pulse {
  readonly #patient: Patient
  readonly #onAnswer: (pong: PongReading, asked: Asked) => void
  #question: Question | null = null
  #asking = false

  constructor(patient: Patient, onAnswer: (pong: PongReading, asked: Asked) => void) {
    this.#patient = patient
    this.#onAnswer = onAnswer
  }

  get isOpen(): boolean {
    return this.#question !== null
  }

  /** An open ping's time is up. */
  get isLate(): boolean {
    return this.#question !== null && this.deadlineMs === null
  }

  /** When the open ping's time is up; null when it is, or none is open. */
  get deadlineMs(): number | null {
    const question = this.#question
    return question === null || question.silence.wallMs >= PING_DEADLINE_MS ? null : question.askedMs + PING_DEADLINE_MS
  }

  ask(ownMs: number): void {
    this.#question ??= {
      askedMs: ownMs,
      lookedMs: ownMs,
      silence: NO_SILENCE,
      cpu: { askedMs: null, totalMs: null, countedMs: null },
    }
    if (this.#asking) return
    this.#asking = true
    this.#patient.ping(ASK_AGAIN_MS).then(
      (pong) => {
        this.#asking = false
        const question = this.#question
        this.#question = null
        if (question) this.#onAnswer(pong, { askedMs: question.askedMs, countedMs: question.silence.countedMs })
      },
      // It may have ended, or is not to be spoken to: it stays silent, and is asked again at the next look.
      () => (this.#asking = false),
    )
  }

  /** The silence up to now; null when no ping is open. */
  look(ownMs: number, roomy: boolean): Silence | null {
    const question = this.#question
    if (question === null) return null
    const { cpu } = question
    const mutedMs = cpu.askedMs === null ? 0 : ownMs - cpu.askedMs
    const stretch = { wallMs: Math.max(0, ownMs - question.lookedMs), roomy, cpuMs: countUse(cpu), mutedMs }
    question.silence = prolong(question.silence, stretch)
    question.lookedMs = ownMs
    this.ask(ownMs)
    if (question.silence.wallMs >= PING_DEADLINE_MS) this.#askCpu(cpu, ownMs)
    return question.silence
  }

  /** An answer that comes when the silence is over goes nowhere. */
  #askCpu(cpu: CpuUse, ownMs: number): void {
    if (cpu.askedMs !== null) return
    cpu.askedMs = ownMs
    void this.#patient.cpuTime(ASK_AGAIN_MS).then((totalMs) => {
      cpu.askedMs = null
      cpu.totalMs = totalMs
    })
  }
}

/** CPU time used since it was counted last; null when it is not known. */
function countUse(cpu: CpuUse): number | null {
  const { askedMs, totalMs, countedMs } = cpu
  cpu.countedMs = totalMs
  if (totalMs === null) return askedMs === null ? null : 0
  return countedMs === null ? 0 : totalMs - countedMs
}
