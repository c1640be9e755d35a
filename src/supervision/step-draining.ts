import { advanceRetirement, askedOf, shortenRetirement } from './retirement.ts'
import { arm, become, disarm, exitOf, launch, recordExit, settleInto, stay, andThen } from './step.ts'
import {
  workerId,
  type Draining,
  type Leaving,
  type Slot,
  type SlotAction,
  type SlotEvent,
  type Step,
  type StepContext,
  type StopTerms,
} from './slot.ts'

type Input = { readonly event: SlotEvent; readonly context: StepContext }

export function stepDraining(slot: Slot, phase: Draining, { event, context }: Input): Step {
  switch (event.type) {
    case 'exited':
    case 'abandoned':
      return ended(slot, phase, { event, context })
    case 'unrouted':
    case 'drained':
    case 'kill':
    case 'timer':
      return advance(slot, phase, { event, context })
    case 'stop':
      return stop(slot, phase, { terms: event, context })
    case 'start':
      return phase.goal.kind === 'rest'
        ? become(slot, { ...phase, goal: { kind: 'resume', decision: { kind: 'restart', delayMs: 0, attempt: 0 } } })
        : stay(slot)
    case 'replace':
      return phase.goal.kind === 'rest' ? become(slot, phase, { type: 'answer', outcome: { kind: 'stopped' } }) : stay(slot)
    case 'loaded':
    case 'load-failed':
    case 'routed':
      return stay(slot)
  }
}

/** Supersedes whatever was to follow. Who was leaving for a successor has no more time than those who leave for good. */
function stop(slot: Slot, phase: Draining, { terms, context }: { terms: StopTerms; context: StepContext }): Step {
  const shortened = phase.leaving.map(({ worker, stage }) => ({
    worker,
    ...shortenRetirement(workerId(slot, worker), stage, { ...terms, nowMs: context.nowMs }),
  }))
  const leaving = shortened.map(({ worker, stage }): Leaving => ({ worker, stage }))
  const actions = shortened.flatMap((one) => one.actions)
  return andThen(become(slot, { ...phase, leaving, goal: { kind: 'rest' } }, ...actions), (s) => arm(s, terms.deadlineMs))
}

function advance(slot: Slot, phase: Draining, { event, context }: Input): Step {
  const actions: SlotAction[] = []
  const leaving = phase.leaving.map((one): Leaving => {
    if ('generation' in event && event.generation !== one.worker.generation) return one
    const next = advanceRetirement(workerId(slot, one.worker), one.stage, { event, nowMs: context.nowMs })
    if (!next) return one
    actions.push(...next.actions)
    return { ...one, stage: next.stage }
  })
  return actions.length > 0 ? become(slot, { ...phase, leaving }, ...actions) : stay(slot)
}

function ended(
  slot: Slot,
  phase: Draining,
  { event, context }: { event: Extract<SlotEvent, { type: 'exited' | 'abandoned' }>; context: StepContext },
): Step {
  const gone = phase.leaving.find((one) => one.worker.generation === event.generation)
  if (!gone) return stay(slot)
  const leaving = phase.leaving.filter((one) => one !== gone)
  const recorded = recordExit(slot, { worker: gone.worker, exit: exitOf(event, askedOf(gone.stage)) }, context)
  if (leaving.length > 0) return andThen(recorded, (s) => become(s, { ...phase, leaving }))
  const { goal } = phase
  switch (goal.kind) {
    case 'rest':
      return andThen(andThen(recorded, disarm), (s) => become(s, { kind: 'stopped' }, { type: 'settle', outcome: { kind: 'stopped' } }))
    case 'resume':
      return andThen(recorded, (s) => settleInto(s, goal.decision, context))
    case 'replace':
      return andThen(recorded, (s) => launch(s, context, { replacing: goal.replacing }))
  }
}
