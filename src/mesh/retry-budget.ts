/**
 * How many requests may be sent a second time: a share of those of the last ten seconds, and a few per second in any case.
 * Retries then never multiply the load of a service that fails because of it. After the retry budgets of Finagle and
 * Linkerd. Pure: a value that grows by what happens, with the time passed in.
 */
export interface RetryBudget {
  /** One entry per second in which something happened, the oldest first; at most those of the window. */
  readonly seconds: readonly Second[]
}

interface Second {
  readonly at: number
  readonly requests: number
  readonly retries: number
}

export interface RetrySpec {
  /** Retries per request, 0 to 1. */
  readonly budget: number
  /** Retries per second that are allowed whatever the traffic. */
  readonly minPerSecond: number
}

export const NO_REQUESTS: RetryBudget = { seconds: [] }

const WINDOW_SECONDS = 10

export function withRequests(budget: RetryBudget, requests: number, nowMs: number): RetryBudget {
  return requests === 0 ? budget : add(budget, { requests, retries: 0 }, nowMs)
}

/** The budget without one retry, or null when there is none left. */
export function withdrawRetry(budget: RetryBudget, spec: RetrySpec, nowMs: number): RetryBudget | null {
  const window = recent(budget, secondOf(nowMs))
  const requests = window.reduce((sum, second) => sum + second.requests, 0)
  const retries = window.reduce((sum, second) => sum + second.retries, 0)
  const allowed = spec.budget * requests + spec.minPerSecond * WINDOW_SECONDS
  return retries + 1 <= allowed ? add(budget, { requests: 0, retries: 1 }, nowMs) : null
}

function add(budget: RetryBudget, more: Omit<Second, 'at'>, nowMs: number): RetryBudget {
  const at = secondOf(nowMs)
  const window = recent(budget, at)
  const last = window.at(-1)
  if (last?.at !== at) return { seconds: [...window, { at, ...more }] }
  return { seconds: [...window.slice(0, -1), { at, requests: last.requests + more.requests, retries: last.retries + more.retries }] }
}

function recent({ seconds }: RetryBudget, at: number): readonly Second[] {
  return seconds.filter((second) => second.at > at - WINDOW_SECONDS)
}

function secondOf(nowMs: number): number {
  return Math.floor(nowMs / 1000)
}
