import { parseDuration } from '../config/units.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'

const MOMENT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?$/

/**
 * `10m` ago, or a moment as in ISO 8601 (without a zone in local time), in milliseconds since the epoch.
 * @throws MESHRT_USAGE
 */
export function parseSince(text: string, nowMs: number): number {
  const agoMs = parseDuration(text)
  if (agoMs !== null) return Math.max(0, nowMs - agoMs)
  // A date alone would be taken as one of UTC.
  const atMs = MOMENT.test(text) ? Date.parse(text.includes('T') ? text : `${text}T00:00`) : Number.NaN
  if (!Number.isNaN(atMs)) return Math.max(0, atMs)
  const shown = JSON.stringify(text.slice(0, 100))
  throw new MeshrtError(
    'MESHRT_USAGE',
    `Cannot show what is since ${shown}: it must be a duration like 10m, or a time like 2026-01-31T12:00:00Z`,
  )
}
