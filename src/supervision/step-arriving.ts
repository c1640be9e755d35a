import type { Exit, KillReason } from '../model/exit.ts'
import { decideRestart } from './restart-decision.ts'
import { retire } from './retirement.ts'
import { advanceStart, enterStage, hasSettled } from './start-stage.ts'
import { act, andThen, arm, become, disarm, emit, exitError, exitOf, recordExit, stay } from './step.ts'
import {
  workerId,
  type Incarnation,
  type Progress,
  type ReadyWorker,
  type Replacing,
  type RetireStage,
  type Slot,
  type SlotAction,
  type SlotEvent,
  type StartStage,
  type Step,
  type StepContext,
} from './slot.ts'

type Input = { readonly event: SlotEvent; readonly context: StepContext }
type Arriving = Extract<Progress, { kind: 'arriving' }>

/** `old` serves, `next` is on its way in. */
export function stepArriving(slot: Slot, { phase, progress }: { phase: Replacing; progress: Arriving }, { event, context }: Input): Step {
  const { next, stage } = progress
  const ofOld = 'generation' in event && event.generation === phase.old.generation
  const ofNext = 'generation' in event && event.generation === next.generation
  switch (event.type) {
    case 'loaded':
    case 'load-failed':
    case 'timer':
      return event.type === 'timer' || ofNext ? advance(slot, { phase, progress }, { event, context }) : stay(slot)
    case 'kill':
      if (ofNext) return advance(slot, { phase, progress }, { event, context })
      return ofOld && !phase.oldKilled ? killOld(slot, { phase, progress }, { reason: event.reason, context }) : stay(slot)
    case 'routed':
      return ofNext && stage.kind === 'routing'
        ? takeOver(slot, phase, { next: { ...next, readyAtMs: context.nowMs }, url: stage.url, context })
        : stay(slot)
    case 'exited':
    case 'abandoned':
      if (ofNext)
        return discarded(slot, phase, {
          next,
          exit: stage.kind === 'failing' ? stage.exit : exitOf(event, 'nothing'),
          context,
          routed: stage.kind === 'routing',
        })
      return ofOld ? oldDied(slot, { phase, progress }, { exit: exitOf(event, phase.oldKilled ?? 'nothing'), context }) : stay(slot)
    default:
      return stay(slot)
  }
}

type Situation = { readonly phase: Replacing; readonly progress: Arriving }

function advance(
  slot: Slot,
  situation: Situation,
  { event, context }: { event: Parameters<typeof advanceStart>[1]; context: StepContext },
): Step {
  const stage = advanceStart(situation.progress.stage, event, situation.phase)
  return enter(slot, situation, { stage, context })
}

function enter(
  slot: Slot,
  { phase, progress }: Situation,
  { stage, context }: { readonly stage: StartStage; readonly context: StepContext },
): Step {
  const changed = { ...phase, progress: { ...progress, stage } }
  return enterStage(slot, { worker: progress.next, from: progress.stage, to: stage, phase: changed }, context)
}

/** The new worker is in the mesh: it serves from now on, and the old one may go. */
function takeOver(
  slot: Slot,
  phase: Replacing,
  { next, url, context }: { next: ReadyWorker; url: string | null; context: StepContext },
): Step {
  const ready = emit({ type: 'worker.ready', worker: workerId(slot, next), tookMs: context.nowMs - next.launchedAtMs, url })
  const { shutdownMs } = context.policy
  const { leaving, action } = retire(workerId(slot, phase.old), phase.old, { deadlineMs: shutdownMs, idleMs: null, nowMs: context.nowMs })
  // An old worker that was killed meanwhile is past draining.
  const stage: RetireStage = phase.oldKilled ? { kind: 'terminating', reason: phase.oldKilled } : leaving.stage
  const history = { ...slot.history, failedStarts: 0 }
  const step = become(
    { ...slot, history },
    { ...phase, progress: { kind: 'retiring', next, stage } },
    ready,
    ...(phase.oldKilled ? [] : [action]),
  )
  return andThen(step, (s) => arm(s, shutdownMs))
}

/** The new worker is gone before it served: the old one stays, as if nothing had happened. */
function discarded(
  slot: Slot,
  phase: Replacing,
  { next, exit, context, routed }: { next: Incarnation; exit: Exit; context: StepContext; routed: boolean },
): Step {
  const error = exitError(exit)
  const unroute: readonly SlotAction[] = routed ? [{ type: 'unroute', worker: workerId(slot, next) }] : []
  const recorded = andThen(act(slot, ...unroute), (s) => recordExit(s, { worker: next, exit }, context))
  const failed: readonly SlotAction[] = [
    emit({ type: 'replacement.failed', slot: slot.id, error }),
    { type: 'settle', outcome: { kind: 'failed', error } },
  ]
  if (phase.oldKilled) {
    const { decision, history } = deadOld(slot, phase, { exit: { kind: 'killed', reason: phase.oldKilled }, context })
    const leaving = [{ worker: phase.old, stage: { kind: 'terminating', reason: phase.oldKilled } as const }]
    return andThen(recorded, (s) => become({ ...s, history }, { kind: 'draining', leaving, goal: { kind: 'resume', decision } }, ...failed))
  }
  return andThen(
    andThen(recorded, (s) => become(s, { kind: 'ready', worker: phase.old }, ...failed)),
    disarm,
  )
}

/** The old worker died before the new one was ready: nobody else serves, and the new one does as soon as it can. */
function oldDied(slot: Slot, { phase, progress }: Situation, { exit, context }: { exit: Exit; context: StepContext }): Step {
  const { history } = deadOld(slot, phase, { exit, context })
  const recorded = recordExit({ ...slot, history }, { worker: phase.old, exit }, context)
  const replacing = { reason: phase.reason, startedAtMs: phase.startedAtMs, settles: false }
  const starting = { kind: 'starting', worker: progress.next, stage: progress.stage, probe: false, replacing } as const
  const step = andThen(recorded, (s) =>
    become({ ...s, restarts: s.restarts + 1, lastRestartMs: context.nowMs }, starting, {
      type: 'unroute',
      worker: workerId(slot, phase.old),
    }),
  )
  const stage = hasSettled(progress.stage)
  return andThen(step, (s) =>
    enterStage(s, { worker: progress.next, from: progress.stage, to: stage, phase: { ...starting, stage } }, context),
  )
}

function killOld(
  slot: Slot,
  { phase, progress }: Situation,
  { reason, context }: { readonly reason: KillReason; readonly context: StepContext },
): Step {
  const worker = workerId(slot, phase.old)
  const killed = { ...phase, oldKilled: reason, settles: false }
  const step = become(slot, killed, { type: 'unroute', worker }, { type: 'terminate', worker })
  return andThen(step, (s) => enter(s, { phase: killed, progress }, { stage: hasSettled(progress.stage), context }))
}

function deadOld(slot: Slot, phase: Replacing, { exit, context }: { exit: Exit; context: StepContext }) {
  return decideRestart(
    context.policy.restart,
    slot.history,
    { exit, readyForMs: context.nowMs - phase.old.readyAtMs, probe: false },
    context,
  )
}
