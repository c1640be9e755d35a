import type { HealthSpec } from '../model/spec.ts'
import type { Finding, PressureMeasure } from '../model/verdict.ts'

/** What was measured of one worker; null when it was not. */
export type Readings = Readonly<Record<PressureMeasure, number | null>>

export type Limits = Readonly<Record<PressureMeasure, number>>

/** In the order in which they are named when several are over their limit. 0 = no limit. */
export function limitsOf(spec: HealthSpec, cpu: number): Limits {
  return {
    heap: spec.maxHeapUsed,
    elu: spec.maxELU,
    delay: spec.maxEventLoopDelayMs,
    response: spec.maxResponseTimeMs,
    cpu,
    rss: spec.maxRssBytes,
  }
}

/** Pressure: a measure over its limit, and whether it counts as a bad check. */
export interface Pressure {
  readonly finding: Finding
  readonly counts: boolean
}

/** What is worst about a worker: one that counts before one that does not. Null when nothing is over its limit. */
export function findPressure(own: Readings, siblings: () => readonly Readings[], limits: Limits): Pressure | null {
  const found = (Object.keys(limits) as PressureMeasure[]).flatMap((measure): Pressure[] => {
    const limit = limits[measure]
    const value = own[measure]
    if (limit === 0 || value === null || value <= limit) return []
    return [{ finding: { measure, limit, value }, counts: countsAs(measure, { limit, siblings }) }]
  })
  return found.find(({ counts }) => counts) ?? found[0] ?? null
}

/**
 * Load is not sickness: it counts against a worker that has no siblings, or whose siblings are not under it. When the whole pool
 * is, nobody is replaced for it. A full heap is the worker's own, whatever the others have; the memory of the process is
 * nobody's: which of the threads to replace for it would be a guess.
 */
function countsAs(measure: PressureMeasure, { limit, siblings }: { limit: number; siblings: () => readonly Readings[] }): boolean {
  switch (measure) {
    case 'heap':
      return true
    case 'rss':
      return false
    case 'elu':
    case 'cpu':
    case 'delay':
    case 'response': {
      const theirs = siblings()
        .map((one) => one[measure])
        .filter((value) => value !== null)
      return theirs.length === 0 || median(theirs) <= limit
    }
  }
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? 0
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}
