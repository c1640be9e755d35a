import { stepArriving } from './step-arriving.ts'
import { stepRetiring } from './step-retiring.ts'
import { retire, shortenRetirement } from './retirement.ts'
import { andThen, arm, become } from './step.ts'
import {
  workerId,
  type Leaving,
  type Replacing,
  type Slot,
  type SlotAction,
  type SlotEvent,
  type Step,
  type StepContext,
  type StopTerms,
} from './slot.ts'

type Input = { readonly event: SlotEvent; readonly context: StepContext }

export function stepReplacing(slot: Slot, phase: Replacing, input: Input): Step {
  const { progress } = phase
  if (input.event.type === 'stop') return stop(slot, phase, { terms: input.event, context: input.context })
  switch (progress.kind) {
    case 'arriving':
      return stepArriving(slot, { phase, progress }, input)
    case 'retiring':
      return stepRetiring(slot, { phase, progress }, input)
  }
}

function stop(slot: Slot, phase: Replacing, { terms, context }: { terms: StopTerms; context: StepContext }): Step {
  const { progress } = phase
  const old = workerId(slot, phase.old)
  const next = workerId(slot, progress.next)
  const time = { ...terms, nowMs: context.nowMs }
  const actions: SlotAction[] = []
  const leaving: Leaving[] = []
  if (progress.kind === 'retiring') {
    const retired = retire(next, progress.next, time)
    const shortened = shortenRetirement(old, progress.stage, time)
    leaving.push({ worker: phase.old, stage: shortened.stage }, retired.leaving)
    actions.push(...shortened.actions, retired.action)
  } else {
    const retired = retire(old, phase.old, time)
    leaving.push(phase.oldKilled ? { worker: phase.old, stage: { kind: 'terminating', reason: phase.oldKilled } } : retired.leaving)
    leaving.push({ worker: progress.next, stage: { kind: 'terminating', reason: 'superseded' } })
    if (!phase.oldKilled) actions.push(retired.action)
    if (progress.stage.kind === 'routing') actions.push({ type: 'unroute', worker: next })
    if (progress.stage.kind !== 'failing') actions.push({ type: 'terminate', worker: next })
  }
  return andThen(become(slot, { kind: 'draining', leaving, goal: { kind: 'rest' } }, ...actions), (s) => arm(s, terms.deadlineMs))
}
