import { describeCut } from '../model/cut.ts'
import type { StampedEvent } from '../model/events.ts'
import { describeExit } from '../model/exit.ts'
import { formatSlotId, formatWorkerId, type ServiceId } from '../model/ids.ts'
import { sanitise } from '../log/sanitise.ts'
import { formatMs } from './format.ts'

/** What somebody who waits for a start or a restart wants to see of an event; null for the rest. */
export function progressLine({ event }: StampedEvent): string | null {
  switch (event.type) {
    case 'service.started':
      return `${event.service}: running after ${formatMs(event.tookMs)}`
    case 'service.completed':
      return `${event.service}: completed after ${formatMs(event.tookMs)}`
    case 'service.failed':
      return `${event.service}: failed: ${sanitise(event.error.message)}`
    case 'replacement.started':
      return `${formatSlotId(event.slot)}: replacing`
    case 'replacement.finished':
      return `${formatSlotId(event.slot)}: replaced in ${formatMs(event.tookMs)}`
    case 'replacement.failed':
      return `${formatSlotId(event.slot)}: not replaced, the old worker stays: ${sanitise(event.error.message)}`
    case 'rollout.progressed':
      return `${event.worker.service}: ${event.done} of ${event.workers} replaced`
    case 'drain.timed-out':
      return `${formatWorkerId(event.worker)}: ${describeCut(event.cut)} cut off at the drain deadline`
    case 'worker.exited':
      return event.exit.kind === 'stopped' || event.exit.kind === 'completed'
        ? null
        : `${formatWorkerId(event.worker)}: ${sanitise(describeExit(event.exit))}`
    case 'worker.abandoned':
      return `${formatWorkerId(event.worker)}: abandoned, its thread does not end`
    case 'slot.quarantined':
      return `${formatSlotId(event.slot)}: quarantined (${event.reason})`
    default:
      return null
  }
}

/** Workers of a service that come and go, for an order that consists of that. */
export function workerLine({ event }: StampedEvent, service: ServiceId): string | null {
  if (!('worker' in event) || event.worker.service !== service) return null
  switch (event.type) {
    case 'worker.ready':
      return `${formatWorkerId(event.worker)}: ready after ${formatMs(event.tookMs)}`
    case 'drain.started':
      return `${formatWorkerId(event.worker)}: draining`
    case 'worker.exited':
      return event.exit.kind === 'stopped' ? `${formatWorkerId(event.worker)}: ended` : null
    default:
      return null
  }
}
