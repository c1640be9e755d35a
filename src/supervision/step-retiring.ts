import type { Exit } from '../model/exit.ts'
import { decideRestart } from './restart-decision.ts'
import { advanceRetirement, askedOf, shortenRetirement } from './retirement.ts'
import { act, andThen, arm, become, disarm, emit, exitError, exitOf, recordExit, stay } from './step.ts'
import {
  workerId,
  type Leaving,
  type Progress,
  type ReadyWorker,
  type Replacing,
  type Slot,
  type SlotEvent,
  type Step,
  type StepContext,
} from './slot.ts'

type Input = { readonly event: SlotEvent; readonly context: StepContext }
type Retiring = Extract<Progress, { kind: 'retiring' }>

/** `next` serves, `old` is on its way out. */
export function stepRetiring(slot: Slot, { phase, progress }: { phase: Replacing; progress: Retiring }, { event, context }: Input): Step {
  const ofNext = 'generation' in event && event.generation === progress.next.generation
  const ofOld = 'generation' in event && event.generation === phase.old.generation
  if ((event.type === 'exited' || event.type === 'abandoned') && ofOld) {
    return oldRetired(slot, phase, { next: progress.next, exit: exitOf(event, askedOf(progress.stage)), context })
  }
  if ((event.type === 'exited' || event.type === 'abandoned') && ofNext) {
    return nextDied(slot, { phase, progress }, { exit: exitOf(event, 'nothing'), gone: true, context })
  }
  if (event.type === 'kill' && ofNext) {
    return nextDied(slot, { phase, progress }, { exit: { kind: 'killed', reason: event.reason }, gone: false, context })
  }
  if ('generation' in event && !ofOld) return stay(slot)
  const advanced = advanceRetirement(workerId(slot, phase.old), progress.stage, { event, nowMs: context.nowMs })
  return advanced ? become(slot, { ...phase, progress: { ...progress, stage: advanced.stage } }, ...advanced.actions) : stay(slot)
}

function oldRetired(slot: Slot, phase: Replacing, { next, exit, context }: { next: ReadyWorker; exit: Exit; context: StepContext }): Step {
  const recorded = recordExit(slot, { worker: phase.old, exit }, context)
  const finished = emit({ type: 'replacement.finished', slot: slot.id, tookMs: context.nowMs - phase.startedAtMs })
  return andThen(
    andThen(recorded, (s) => become(s, { kind: 'ready', worker: next }, finished, { type: 'settle', outcome: { kind: 'ready' } })),
    disarm,
  )
}

/** What the old worker has left when nobody else serves in the slot: enough for most requests, not for a whole drain. */
const RELIEF = { deadlineMs: 2000, idleMs: 1000 }

/**
 * The new worker ended, or has to, while the old one was leaving: both go, then the restart decision holds. Where that is a new worker,
 * it comes when the slot is empty, so that the old one is hurried.
 */
function nextDied(
  slot: Slot,
  { phase, progress }: { phase: Replacing; progress: Retiring },
  { exit, gone, context }: { exit: Exit; gone: boolean; context: StepContext },
): Step {
  const { next, stage } = progress
  const worker = workerId(slot, next)
  const dead = { exit, readyForMs: context.nowMs - next.readyAtMs, probe: false }
  const { decision, history } = decideRestart(context.policy.restart, slot.history, dead, context)
  const error = exitError(exit)
  const restarts = decision.kind === 'restart'
  const hurried = restarts
    ? shortenRetirement(workerId(slot, phase.old), stage, { ...RELIEF, nowMs: context.nowMs })
    : { stage, actions: [] }
  const old: Leaving = { worker: phase.old, stage: hurried.stage }
  const discarding: Leaving[] =
    exit.kind === 'killed' && !gone ? [{ worker: next, stage: { kind: 'terminating', reason: exit.reason } }] : []
  const recorded = gone ? recordExit(slot, { worker: next, exit }, context) : act(slot, { type: 'terminate', worker })
  const left = andThen(recorded, (s) =>
    become(
      { ...s, history },
      { kind: 'draining', leaving: [old, ...discarding], goal: { kind: 'resume', decision } },
      { type: 'unroute', worker },
      ...hurried.actions,
      emit({ type: 'replacement.failed', slot: slot.id, error }),
      { type: 'settle', outcome: { kind: 'failed', error } },
    ),
  )
  return restarts ? andThen(left, (s) => arm(s, Math.min(RELIEF.deadlineMs, context.policy.shutdownMs))) : left
}
