import { disarm, forget, launch, relaunch, stay, andThen, become, act, emit } from './step.ts'
import type { Slot, SlotEvent, Step, StepContext } from './slot.ts'

/** A slot without workers. An operator's order clears its history; its own timer does not. */
export function stepResting(slot: Slot, event: SlotEvent, context: StepContext): Step {
  switch (event.type) {
    case 'start':
    case 'replace':
      return launch(forget(slot), context)
    case 'stop':
      return andThen(become(slot, { kind: 'stopped' }, { type: 'settle', outcome: { kind: 'stopped' } }), disarm)
    case 'timer':
      return slot.phase.kind === 'quarantined' ? probe(slot, context) : slot.phase.kind === 'backoff' ? relaunch(slot, context) : stay(slot)
    default:
      return stay(slot)
  }
}

/** Half-open: one worker may try; if it does not become ready the slot is quarantined again at once. */
function probe(slot: Slot, context: StepContext): Step {
  return andThen(act(slot, emit({ type: 'slot.probed', slot: slot.id })), (s) => relaunch(s, context, { probe: true }))
}
