import type { DrainReport, DrainTerms } from '../../itc/protocol.ts'
import type { Clock } from '../../model/clock.ts'
import type { WorkerRow } from '../../model/worker-row.ts'

const LOOK_MS = 20

/** What has no loop of its own that could be asked is idle when its callers say so. */
export async function drainCallers(row: WorkerRow, { deadlineMs }: DrainTerms, clock: Clock): Promise<DrainReport> {
  const untilMs = clock.nowMs() + deadlineMs
  while (row.inFlight > 0 && clock.nowMs() < untilMs) await new Promise<void>((resolve) => void clock.schedule(LOOK_MS, resolve))
  return { cut: { requests: row.inFlight, upgraded: 0 } }
}
