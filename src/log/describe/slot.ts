import type { EventOf } from '../../model/events.ts'
import { formatSlotId } from '../../model/ids.ts'
import type { Described } from '../record.ts'
import { count, slotFields } from './words.ts'

type SlotFacts = EventOf<'restart.scheduled' | 'slot.quarantined' | 'slot.probed'>

export function describeSlot(event: SlotFacts): Described {
  const name = formatSlotId(event.slot)
  const fields = slotFields(event.slot)
  switch (event.type) {
    case 'restart.scheduled':
      return {
        level: 'warn',
        message: `${name}: restart ${event.attempt} in ${Math.round(event.delayMs)} ms`,
        fields: { ...fields, delayMs: Math.round(event.delayMs), attempt: event.attempt },
      }
    case 'slot.quarantined':
      return { level: 'error', message: `${name}: quarantined (${event.reason})`, fields: { ...fields, reason: event.reason } }
    case 'slot.probed':
      return { level: 'info', message: `${name}: trying one worker again`, fields }
  }
}

type ReplacementFacts = EventOf<
  | 'replacement.started'
  | 'replacement.finished'
  | 'replacement.failed'
  | 'rollout.started'
  | 'rollout.progressed'
  | 'rollout.finished'
  | 'rollout.failed'
>

export function describeReplacement(event: ReplacementFacts): Described {
  switch (event.type) {
    case 'replacement.started':
      return {
        level: 'info',
        message: `${formatSlotId(event.slot)}: replacing (${event.reason})`,
        fields: { ...slotFields(event.slot), reason: event.reason },
      }
    case 'replacement.finished':
      return {
        level: 'info',
        message: `${formatSlotId(event.slot)}: replaced in ${Math.round(event.tookMs)} ms`,
        fields: { ...slotFields(event.slot), tookMs: Math.round(event.tookMs) },
      }
    case 'replacement.failed':
      return {
        level: 'error',
        message: `${formatSlotId(event.slot)}: not replaced, the old worker stays: ${event.error.message}`,
        fields: { ...slotFields(event.slot), err: event.error },
      }
    case 'rollout.started':
      return {
        level: 'info',
        message: `${event.service}: rollout started (${event.reason})`,
        fields: { service: event.service, reason: event.reason, workers: event.workers },
      }
    case 'rollout.progressed':
      return {
        level: 'debug',
        message: `${event.worker.service}: ${event.done} of ${event.workers} replaced`,
        fields: { ...slotFields(event.worker), done: event.done, workers: event.workers },
      }
    case 'rollout.finished':
      return {
        level: 'info',
        message: `${event.service}: ${count(event.replaced, 'worker')} replaced in ${Math.round(event.tookMs)} ms`,
        fields: { service: event.service, replaced: event.replaced, tookMs: Math.round(event.tookMs) },
      }
    case 'rollout.failed':
      return {
        level: 'error',
        message: `${event.service}: rollout stopped after ${count(event.replaced, 'worker')}: ${event.error.message}`,
        fields: { service: event.service, replaced: event.replaced, err: event.error },
      }
  }
}
