import type { CheckResult } from '../model/verdict.ts'
import type { Patient } from './patient.ts'

/** The service's own check of one worker: at most one runs. Times are the monitor's own. */
export class OwnCheck {
  readonly #patient: Patient
  readonly #onResult: (result: CheckResult | null) => void
  #open: { readonly askedMs: number; readonly abort: AbortController } | null = null

  constructor(patient: Patient, onResult: (result: CheckResult | null) => void) {
    this.#patient = patient
    this.#onResult = onResult
  }

  get isOpen(): boolean {
    return this.#open !== null
  }

  get deadlineMs(): number | null {
    return this.#open === null ? null : this.#open.askedMs + this.#patient.spec.checkTimeoutMs
  }

  /** Does nothing for a service without a check. */
  begin(ownMs: number): void {
    if (this.#patient.check === null || this.#open !== null) return
    const open = { askedMs: ownMs, abort: new AbortController() }
    this.#open = open
    void this.#patient.check(open.abort.signal).then((result) => {
      if (this.#open === open) this.#end(result)
    })
  }

  look(ownMs: number): void {
    const { checkTimeoutMs } = this.#patient.spec
    if (this.#open === null || ownMs - this.#open.askedMs < checkTimeoutMs) return
    const { askedMs } = this.#open
    this.cancel()
    this.#end({ ok: false, durationMs: ownMs - askedMs, detail: `no answer within ${checkTimeoutMs} ms` })
  }

  cancel(): void {
    this.#open?.abort.abort()
    this.#open = null
  }

  #end(result: CheckResult | null): void {
    this.#open = null
    this.#onResult(result)
  }
}
