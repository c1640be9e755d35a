/** What the health monitor thinks of a worker, with the measure, limit and value that made it think so. */
export type Verdict =
  | { readonly kind: 'grace' }
  | { readonly kind: 'ok' }
  /** Under load; stays in rotation. */
  | ({ readonly kind: 'pressed' } & Finding)
  /** Evidence that it is not alive; out of rotation. */
  | ({ readonly kind: 'suspect' } & Finding)
  /** Too many bad checks in a row; to be replaced. */
  | ({ readonly kind: 'unhealthy' } & Finding)
  /** Its loop does not turn; out of rotation at once, killed after `blockedAfter`. */
  | ({ readonly kind: 'blocked' } & Finding)

export interface Finding {
  readonly measure: Measure
  readonly limit: number
  readonly value: number
}

/** `elu` and `heap` are shares from 0 to 1, `ping` is milliseconds of silence. */
type Measure = 'elu' | 'heap' | 'ping'

export type VerdictKind = Verdict['kind']

/** `elu 0.99 > 0.98`, or an empty string when there is nothing to explain. */
export function describeVerdict(verdict: Verdict): string {
  if (verdict.kind === 'grace' || verdict.kind === 'ok') return ''
  if (verdict.measure === 'ping') return `no answer for ${Math.round(verdict.value)} ms (limit ${verdict.limit} ms)`
  return `${verdict.measure} ${verdict.value.toFixed(2)} > ${verdict.limit}`
}
