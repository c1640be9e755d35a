/** What the health monitor thinks of a worker, with the measure, limit and value that made it think so. */
export type Verdict =
  | { readonly kind: 'grace' }
  | { readonly kind: 'ok' }
  /** Under load; stays in rotation. */
  | ({ readonly kind: 'pressed' } & Finding)
  /** Evidence that it is not alive; out of rotation, as far as enough others are left. */
  | ({ readonly kind: 'suspect' } & Finding)
  /** Too many bad checks in a row; to be replaced. */
  | ({ readonly kind: 'unhealthy' } & Finding)
  /** Its loop does not turn; out of rotation at once, killed after `blockedAfter`. */
  | ({ readonly kind: 'blocked' } & Finding)

/** `value` is over `limit`. */
export interface Finding {
  readonly measure: Measure
  readonly limit: number
  readonly value: number
  /** What a check of the service's own said. */
  readonly detail?: string
}

/**
 * What is found in measures that rise with load. `elu`, `heap` and `external` (Buffers) are shares from 0 to 1, `cpu` is cores, `rss` bytes; `delay` (of the
 * loop) and `response` (the time within which 99 of 100 requests are answered) are milliseconds.
 */
export type PressureMeasure = 'elu' | 'heap' | 'cpu' | 'delay' | 'response' | 'rss'

/**
 * What makes doubt whether it lives. Milliseconds: `ping` of silence, `stuck` of not taking requests, `check` of the service's own check;
 * `transport`: circuits that callers have opened.
 */
type LivenessMeasure = 'ping' | 'stuck' | 'check' | 'transport'

export type Measure = PressureMeasure | 'external' | LivenessMeasure

export type VerdictKind = Verdict['kind']

/** What the last check of the service's own said. */
export interface CheckResult {
  readonly ok: boolean
  readonly durationMs: number
  /** Why it failed: `503`, `no answer within 1000 ms`. */
  readonly detail: string
}

/** `elu 0.99 > 0.98`, or an empty string when there is nothing to explain. */
export function describeVerdict(verdict: Verdict): string {
  return verdict.kind === 'grace' || verdict.kind === 'ok' ? '' : describeFinding(verdict)
}

function describeFinding({ measure, limit, value, detail }: Finding): string {
  switch (measure) {
    case 'elu':
    case 'heap':
    case 'external':
    case 'cpu':
      return `${measure} ${value.toFixed(2)} > ${limit}`
    case 'rss':
      return `rss ${megabytes(value)} > ${megabytes(limit)}`
    case 'delay':
    case 'response':
      return `${measure} ${Math.round(value)} ms > ${limit} ms`
    case 'ping':
      return `no answer for ${Math.round(value)} ms (limit ${limit} ms)`
    case 'stuck':
      return `takes no requests for ${Math.round(value)} ms (limit ${limit} ms)`
    case 'check':
      return `check failed: ${detail ?? 'no reason given'}`
    case 'transport':
      return `requests to it fail: ${value} ${value === 1 ? 'circuit' : 'circuits'} opened`
  }
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MB`
}
