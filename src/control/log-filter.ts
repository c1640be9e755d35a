import { formatSlotId, type Target } from '../model/ids.ts'
import { LEVEL_NUMBERS, levelOfLine } from '../model/log-level.ts'
import type { LogLine } from '../model/log-line.ts'
import type { LogLevel } from '../model/spec.ts'
import type { RuntimeView } from '../model/view.ts'
import { matchesTargets } from './port.ts'

/** Which lines somebody wants to see. */
export interface LogFilter {
  /** Empty = every worker. */
  readonly targets: readonly Target[]
  /** Milliseconds since the epoch; null = from the beginning. */
  readonly sinceMs: number | null
  /** This level and those above it; null = all. */
  readonly level: LogLevel | null
  /** Only of workers that came before those that are there now. */
  readonly previous: boolean
}

export function logMatcher({ targets, sinceMs, level, previous }: LogFilter, view: RuntimeView): (line: LogLine) => boolean {
  const minLevel = level === null ? 0 : LEVEL_NUMBERS[level]
  const isPrevious = previous ? previousWorkers(view) : () => true
  // What costs most comes last: for its level a line may have to be parsed.
  return (line) =>
    line.atMs >= (sinceMs ?? 0) && matchesTargets(targets, line) && isPrevious(line) && (level === null || levelOfLine(line) >= minLevel)
}

/** Where a slot has no worker now, all that it has had are previous ones. */
function previousWorkers({ services }: RuntimeView): (line: LogLine) => boolean {
  const current = new Map(services.flatMap(({ workers }) => workers.map(({ id, generation }) => [id, generation ?? Infinity])))
  return (line) => line.generation < (current.get(formatSlotId(line)) ?? Infinity)
}
