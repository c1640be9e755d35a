import type { Exit } from '../model/exit.ts'
import { decideRestart } from './restart-decision.ts'
import { retire } from './retirement.ts'
import { advanceStart, enterStage } from './start-stage.ts'
import { act, arm, become, disarm, emit, exitError, exitOf, launch, recordExit, settleInto, stay, andThen } from './step.ts'
import {
  workerId,
  type ReadyWorker,
  type Slot,
  type SlotEvent,
  type Starting,
  type StartStage,
  type Step,
  type StepContext,
  type StopTerms,
} from './slot.ts'

type Input = { readonly event: SlotEvent; readonly context: StepContext }

export function stepStarting(slot: Slot, phase: Starting, { event, context }: Input): Step {
  if ('generation' in event && event.generation !== phase.worker.generation) return stay(slot)
  const failing = phase.stage.kind === 'failing'
  switch (event.type) {
    case 'loaded':
    case 'load-failed':
    case 'kill':
    case 'timer': {
      // The old worker is gone: with nobody else to serve, to watch the new one would only make the outage longer.
      const settles = phase.replacing?.settles === true && context.siblingServes
      const stage = advanceStart(phase.stage, event, { settles })
      return enter(slot, phase, { stage, context })
    }
    case 'routed':
      return phase.stage.kind === 'routing' ? becomeReady(slot, { phase, url: phase.stage.url, context }) : stay(slot)
    case 'exited':
    case 'abandoned':
      return ended(slot, phase, { exit: phase.stage.kind === 'failing' ? phase.stage.exit : exitOf(event, 'nothing'), context })
    case 'stop':
      return context.policy.isOneshot && !failing ? stopRun(slot, phase, { terms: event, context }) : stop(slot, phase)
    case 'replace':
      // Whatever has changed, the worker that is starting may have read the old state: begin anew.
      return event.reason === 'changed' && !failing
        ? enter(slot, phase, { stage: { kind: 'failing', exit: { kind: 'killed', reason: 'superseded' } }, context })
        : stay(slot)
    case 'start':
    case 'unrouted':
    case 'drained':
      return stay(slot)
  }
}

function enter(slot: Slot, phase: Starting, { stage, context }: { stage: StartStage; context: StepContext }): Step {
  return enterStage(slot, { worker: phase.worker, from: phase.stage, to: stage, phase: { ...phase, stage } }, context)
}

function becomeReady(slot: Slot, { phase, url, context }: { phase: Starting; url: string | null; context: StepContext }): Step {
  const worker: ReadyWorker = { ...phase.worker, readyAtMs: context.nowMs }
  const history = { ...slot.history, failedStarts: 0 }
  const ready = become(
    { ...slot, history },
    { kind: 'ready', worker },
    emit({ type: 'worker.ready', worker: workerId(slot, worker), tookMs: context.nowMs - worker.launchedAtMs, url }),
    ...(phase.replacing
      ? [emit({ type: 'replacement.finished', slot: slot.id, tookMs: context.nowMs - phase.replacing.startedAtMs })]
      : []),
    { type: 'settle', outcome: { kind: 'ready' } },
  )
  return andThen(ready, disarm)
}

function ended(slot: Slot, phase: Starting, { exit, context }: { exit: Exit; context: StepContext }): Step {
  const unroute = phase.stage.kind === 'routing' ? [{ type: 'unroute', worker: workerId(slot, phase.worker) } as const] : []
  const recorded = andThen(act(slot, ...unroute), (s) => recordExit(s, { worker: phase.worker, exit }, context))
  if (exit.kind === 'killed' && exit.reason === 'superseded')
    return andThen(recorded, (s) => launch(s, context, { replacing: phase.replacing }))
  const { decision, history } = decideRestart(context.policy.restart, slot.history, { exit, readyForMs: null, probe: phase.probe }, context)
  const failed = andThen(recorded, (s) => (phase.replacing ? replacementFailed(s, exit) : stay(s)))
  return andThen(failed, (s) => settleInto({ ...s, history }, decision, context))
}

/** Nobody waits for the restarts that follow: a rollout stops at the first failure. */
function replacementFailed(slot: Slot, exit: Exit): Step {
  const error = exitError(exit)
  return act(slot, emit({ type: 'replacement.failed', slot: slot.id, error }), { type: 'settle', outcome: { kind: 'failed', error } })
}

/** A worker that is still starting has nothing to drain: it ends at once. */
function stop(slot: Slot, phase: Starting): Step {
  const worker = workerId(slot, phase.worker)
  const unroute = phase.stage.kind === 'routing' ? [{ type: 'unroute', worker } as const] : []
  const terminate = phase.stage.kind === 'failing' ? [] : [{ type: 'terminate', worker } as const]
  const leaving = [{ worker: phase.worker, stage: { kind: 'terminating', reason: 'superseded' } as const }]
  return andThen(become(slot, { kind: 'draining', leaving, goal: { kind: 'rest' } }, ...unroute, ...terminate), disarm)
}

/** A oneshot is in the middle of its work: it is asked to end, and has as long for it as any worker. */
function stopRun(slot: Slot, phase: Starting, { terms, context }: { terms: StopTerms; context: StepContext }): Step {
  const { leaving, action } = retire(workerId(slot, phase.worker), phase.worker, { ...terms, nowMs: context.nowMs })
  const step = become(slot, { kind: 'draining', leaving: [leaving], goal: { kind: 'rest' } }, action)
  return andThen(step, (s) => arm(s, terms.deadlineMs))
}
