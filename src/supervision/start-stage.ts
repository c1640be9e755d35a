import { andThen, arm, armStart, become, disarm, stay } from './step.ts'
import { workerId, type Incarnation, type Phase, type Slot, type SlotEvent, type StartStage, type Step, type StepContext } from './slot.ts'

/** How far a starting worker has come, for a slot that starts and for one that replaces. Returns the same stage when nothing changed. */
export function advanceStart(stage: StartStage, event: StartEvent, { settles }: { readonly settles: boolean }): StartStage {
  if (stage.kind === 'failing') return stage
  switch (event.type) {
    case 'loaded':
      if (stage.kind !== 'loading') return stage
      return { kind: settles ? 'settling' : 'routing', url: event.url }
    case 'load-failed':
      return { kind: 'failing', exit: { kind: 'crashed', code: 1, error: event.error } }
    case 'kill':
      return { kind: 'failing', exit: { kind: 'killed', reason: event.reason } }
    case 'timer':
      return stage.kind === 'settling' ? hasSettled(stage) : { kind: 'failing', exit: { kind: 'killed', reason: 'start-timeout' } }
  }
}

type StartEvent = Extract<SlotEvent, { type: 'loaded' | 'load-failed' | 'kill' | 'timer' }>

/** The worker has lived long enough, or there is nobody else any more: requests may come, if that was all that kept them away. */
export function hasSettled(stage: StartStage): StartStage {
  return stage.kind === 'settling' ? { kind: 'routing', url: stage.url } : stage
}

interface Entry {
  readonly worker: Incarnation
  readonly from: StartStage
  readonly to: StartStage
  /** The slot's, with the new stage in it. */
  readonly phase: Phase
}

/** Does what the new stage of a worker on its way in takes; nothing when it is the old one. */
export function enterStage(slot: Slot, { worker, from, to, phase }: Entry, context: StepContext): Step {
  if (to === from) return stay(slot)
  const id = workerId(slot, worker)
  switch (to.kind) {
    case 'settling':
      return andThen(become(slot, phase), (s) => arm(s, context.policy.settleMs))
    case 'routing': {
      const step = become(slot, phase, { type: 'route', worker: id })
      // The time to settle is not part of the time to start.
      return from.kind === 'settling' ? andThen(step, (s) => armStart(s, context)) : step
    }
    case 'loading':
    case 'failing': {
      const unroute = from.kind === 'routing' ? [{ type: 'unroute', worker: id } as const] : []
      return andThen(become(slot, phase, ...unroute, { type: 'terminate', worker: id }), disarm)
    }
  }
}
