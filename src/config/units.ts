/** Durations and sizes as people write them. */

export const KB = 1024
export const MB = 1024 * KB
export const GB = 1024 * MB
export const TB = 1024 * GB

const DURATION_UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }
const SIZE_UNITS: Readonly<Record<string, number>> = { b: 1, kb: KB, mb: MB, gb: GB }

/** Node's timers fire at once when they are asked to wait longer than this. */
export const MAX_DURATION_MS = 2_147_483_647

/** Whole milliseconds of `250`, `"250ms"`, `"1.5s"`, `"1m"`, `"1h"`; null when it is none of these. */
export function parseDuration(value: unknown): number | null {
  if (typeof value === 'number') return isAmount(value) ? Math.round(value) : null
  if (typeof value !== 'string') return null
  return amount(/^(\d{1,15}(?:\.\d{1,6})?)(ms|s|m|h)$/.exec(value), DURATION_UNITS)
}

/** Whole bytes of `1024`, `"32kb"`, `"256mb"`, `"1gb"` (1024-based, any case); null when it is none of these. */
export function parseSize(value: unknown): number | null {
  if (typeof value === 'number') return isAmount(value) ? Math.round(value) : null
  if (typeof value !== 'string') return null
  return amount(/^(\d{1,15}(?:\.\d{1,6})?)(b|kb|mb|gb)$/.exec(value.toLowerCase()), SIZE_UNITS)
}

/** The shortest text that `parseDuration` reads back as the same value: `90s`, `1m`, `0ms`. */
export function formatDuration(ms: number): string {
  return format(ms, DURATION_UNITS)
}

/** The shortest text that `parseSize` reads back as the same value: `512mb`. */
export function formatSize(bytes: number): string {
  return format(bytes, SIZE_UNITS)
}

function isAmount(value: number): boolean {
  return value >= 0 && value <= Number.MAX_SAFE_INTEGER
}

function amount(match: RegExpExecArray | null, units: Readonly<Record<string, number>>): number | null {
  const value = Math.round(Number(match?.[1]) * (units[match?.[2] ?? ''] ?? Number.NaN))
  return isAmount(value) ? value : null
}

function format(value: number, units: Readonly<Record<string, number>>): string {
  const names = Object.keys(units)
  const whole = names.findLast((name) => value > 0 && value % (units[name] ?? 1) === 0) ?? names[0]
  return `${value / (units[whole ?? ''] ?? 1)}${whole}`
}
