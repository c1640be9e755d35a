import { NO_REQUESTS, withdrawRetry, withRequests, type RetrySpec } from '../../retry-budget.ts'

/** The retry budget of one service. Requests are only counted as they pass, and entered now and then. */
export class RetryPurse {
  readonly #spec: RetrySpec
  #budget = NO_REQUESTS
  #requests = 0

  constructor(spec: RetrySpec) {
    this.#spec = spec
  }

  requestSubmitted(): void {
    this.#requests++
  }

  /** Enters what has been counted. */
  settle(nowMs: number): void {
    this.#budget = withRequests(this.#budget, this.#requests, nowMs)
    this.#requests = 0
  }

  /** False when nothing is left. */
  takeRetry(nowMs: number): boolean {
    this.settle(nowMs)
    const left = withdrawRetry(this.#budget, this.#spec, nowMs)
    if (left !== null) this.#budget = left
    return left !== null
  }
}
