import { stepDraining } from './step-draining.ts'
import { stepReady } from './step-ready.ts'
import { stepReplacing } from './step-replacing.ts'
import { stepResting } from './step-resting.ts'
import { stepStarting } from './step-starting.ts'
import { stay } from './step.ts'
import type { Slot, SlotEvent, Step, StepContext } from './slot.ts'

/**
 * The whole life of a slot: what happens next, and what is to be done about it. Pure and total: an event that means
 * nothing in the slot's phase (a late answer, a superseded timer, a worker of the past) changes nothing: the very same slot comes back.
 */
export function stepSlot(slot: Slot, event: SlotEvent, context: StepContext): Step {
  if (event.type === 'timer' && event.token !== slot.timer) return stay(slot)
  const { phase } = slot
  switch (phase.kind) {
    case 'empty':
    case 'backoff':
    case 'stopped':
    case 'completed':
    case 'quarantined':
      return stepResting(slot, event, context)
    case 'starting':
      return stepStarting(slot, phase, { event, context })
    case 'ready':
      return stepReady(slot, phase.worker, { event, context })
    case 'replacing':
      return stepReplacing(slot, phase, { event, context })
    case 'draining':
      return stepDraining(slot, phase, { event, context })
  }
}
