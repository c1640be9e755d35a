import type { StopReport } from '../control/port.ts'
import { describeCut } from '../model/cut.ts'

/** `Stopped; cut off: gateway/0#1 (2 requests); ended by force: auth/0#3` */
export function describeStop({ killed, abandoned, cut }: StopReport): string {
  const forced = [...killed, ...abandoned]
  const parts = [
    ...(cut.length === 0 ? [] : [`cut off: ${cut.map((one) => `${one.worker} (${describeCut(one)})`).join(', ')}`]),
    ...(forced.length === 0 ? [] : [`ended by force: ${forced.join(', ')}`]),
  ]
  return parts.length === 0 ? 'Stopped.' : `Stopped; ${parts.join('; ')}`
}
