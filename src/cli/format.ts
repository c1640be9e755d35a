import { describeAge } from '../control/age.ts'

/** What stands in a table where nothing was measured. */
export const NOTHING = '-'

const MB = 1024 * 1024
const GB = 1024 * MB

/** `4m`; `-` for a moment that never was. */
export function formatAge(sinceMs: number | null, nowMs: number): string {
  return sinceMs === null ? NOTHING : describeAge(nowMs - sinceMs)
}

/** `4 (12s ago)` */
export function formatRestarts(restarts: number, { lastAt, nowMs }: { lastAt: number | null; nowMs: number }): string {
  return restarts === 0 || lastAt === null ? String(restarts) : `${restarts} (${describeAge(nowMs - lastAt)} ago)`
}

/** `61/512 MB`, without a limit `61 MB`; from 1 GB on in GB: `61 MB/4.2 GB`. */
export function formatHeap(usedBytes: number | null, limitBytes: number | null): string {
  if (usedBytes === null) return NOTHING
  const used = inUnits(usedBytes)
  if (limitBytes === null) return `${used.amount} ${used.unit}`
  const limit = inUnits(limitBytes)
  return used.unit === limit.unit
    ? `${used.amount}/${limit.amount} ${limit.unit}`
    : `${used.amount} ${used.unit}/${limit.amount} ${limit.unit}`
}

function inUnits(bytes: number): { readonly amount: string; readonly unit: 'MB' | 'GB' } {
  return bytes >= GB ? { amount: (bytes / GB).toFixed(1), unit: 'GB' } : { amount: String(Math.round(bytes / MB)), unit: 'MB' }
}

/** `0.4 ms`, `3 ms`, `1.2 s` */
export function formatMs(ms: number | null): string {
  if (ms === null) return NOTHING
  if (ms >= 999.5) return `${(ms / 1000).toFixed(1)} s`
  return ms > 0 && ms < 0.95 ? `${Math.max(0.1, ms).toFixed(1)} ms` : `${Math.round(ms)} ms`
}

/** A share of 1 as `12%`. */
export function formatShare(share: number | null): string {
  return share === null ? NOTHING : `${Math.round(share * 100)}%`
}

/** `812`, and below ten one decimal. */
export function formatRate(perSecond: number | null): string {
  if (perSecond === null) return NOTHING
  return perSecond > 0 && perSecond < 9.95 ? perSecond.toFixed(1) : String(Math.round(perSecond))
}

export function formatCount(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
