export interface WrkReport {
  readonly requests: number
  readonly seconds: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const MS_PER_UNIT: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000 }

/**
 * What `wrk --latency` prints.
 * @throws Error with the whole of it when an answer was bad, a connection broke, or something is missing
 */
export function parseWrk(text: string): WrkReport {
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`wrk has seen failures\n${text}`)
  const [, requests, seconds, unit] = /(\d+) requests in ([\d.]+)(s|ms|m),/.exec(text) ?? []
  const report = {
    requests: Number(requests),
    seconds: toMs(seconds, unit) / 1000,
    p50Ms: percentile(text, 50),
    p99Ms: percentile(text, 99),
  }
  if (!Object.values(report).every(Number.isFinite)) throw new Error(`Cannot read what wrk printed\n${text}`)
  return report
}

function percentile(text: string, percent: number): number {
  const [, value, unit] = new RegExp(`^ +${percent}% +([\\d.]+)(us|ms|s|m)$`, 'm').exec(text) ?? []
  return toMs(value, unit)
}

function toMs(value: string | undefined, unit: string | undefined): number {
  return Number(value) * (MS_PER_UNIT[unit ?? ''] ?? Number.NaN)
}
