import type { StopReport } from '../control/port.ts'
import { describeCut } from '../model/cut.ts'

/** `Stopped; cut off: gateway/0#1 (2 requests); ended by force: auth/0#3` */
export function describeStop(report: StopReport): string {
  const ends = describeEnds(report)
  return ends.length === 0 ? 'Stopped.' : `Stopped; ${ends.join('; ')}`
}

/** What did not end as it should have; nothing when all did. */
export function describeEnds({ killed, abandoned, cut }: Omit<StopReport, 'ok'>): readonly string[] {
  const forced = [...killed, ...abandoned]
  return [
    ...(cut.length === 0 ? [] : [`cut off: ${cut.map((one) => `${one.worker} (${describeCut(one)})`).join(', ')}`]),
    ...(forced.length === 0 ? [] : [`ended by force: ${forced.join(', ')}`]),
  ]
}
