import { parseDuration } from '../config/units.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import { LONGEST_TIMER_MS } from '../model/clock.ts'

/** The milliseconds of an option like `--timeout 60s`. @throws MESHRT_USAGE */
export function durationOption(text: string, option: string): number {
  const ms = parseDuration(text)
  if (ms !== null && ms <= LONGEST_TIMER_MS) return ms
  throw new MeshrtError(
    'MESHRT_USAGE',
    `Cannot take ${JSON.stringify(text.slice(0, 100))} for ${option}: it must be a duration like 60s, of 24 days at the most`,
  )
}
