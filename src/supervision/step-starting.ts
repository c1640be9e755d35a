import type { Exit } from '../model/exit.ts'
import { decideRestart } from './restart-decision.ts'
import { retire } from './retirement.ts'
import { act, arm, become, disarm, emit, exitOf, launch, recordExit, settleInto, stay, andThen } from './step.ts'
import {
  workerId,
  type Phase,
  type ReadyWorker,
  type Slot,
  type SlotEvent,
  type StartStage,
  type Step,
  type StepContext,
  type StopTerms,
} from './slot.ts'

type Starting = Extract<Phase, { kind: 'starting' }>
type Input = { readonly event: SlotEvent; readonly context: StepContext }

export function stepStarting(slot: Slot, phase: Starting, { event, context }: Input): Step {
  if ('generation' in event && event.generation !== phase.worker.generation) return stay(slot)
  const failing = phase.stage.kind === 'failing'
  switch (event.type) {
    case 'loaded':
    case 'load-failed':
    case 'kill':
    case 'timer': {
      const stage = advanceStart(phase.stage, event)
      return stage === phase.stage ? stay(slot) : enterStage(slot, phase, stage)
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
        ? enterStage(slot, phase, { kind: 'failing', exit: { kind: 'killed', reason: 'superseded' } })
        : stay(slot)
    case 'start':
    case 'unrouted':
    case 'drained':
      return stay(slot)
  }
}

/** How far a starting worker has come, for a slot that starts and for one that replaces. Returns the same stage when nothing changed. */
export function advanceStart(
  stage: StartStage,
  event: Extract<SlotEvent, { type: 'loaded' | 'load-failed' | 'kill' | 'timer' }>,
): StartStage {
  if (stage.kind === 'failing') return stage
  switch (event.type) {
    case 'loaded':
      return stage.kind === 'loading' ? { kind: 'routing', url: event.url } : stage
    case 'load-failed':
      return { kind: 'failing', exit: { kind: 'crashed', code: 1, error: event.error } }
    case 'kill':
      return { kind: 'failing', exit: { kind: 'killed', reason: event.reason } }
    case 'timer':
      return { kind: 'failing', exit: { kind: 'killed', reason: 'start-timeout' } }
  }
}

function enterStage(slot: Slot, phase: Starting, stage: StartStage): Step {
  const worker = workerId(slot, phase.worker)
  const next = { ...phase, stage }
  if (stage.kind === 'routing') return become(slot, next, { type: 'route', worker })
  const unroute = phase.stage.kind === 'routing' ? [{ type: 'unroute', worker } as const] : []
  return andThen(become(slot, next, ...unroute, { type: 'terminate', worker }), disarm)
}

function becomeReady(slot: Slot, { phase, url, context }: { phase: Starting; url: string | null; context: StepContext }): Step {
  const worker: ReadyWorker = { ...phase.worker, readyAtMs: context.nowMs }
  const history = { ...slot.history, failedStarts: 0 }
  const ready = become(
    { ...slot, history },
    { kind: 'ready', worker },
    emit({ type: 'worker.ready', worker: workerId(slot, worker), tookMs: context.nowMs - worker.launchedAtMs, url }),
    { type: 'settle', outcome: { kind: 'ready' } },
  )
  return andThen(ready, disarm)
}

function ended(slot: Slot, phase: Starting, { exit, context }: { exit: Exit; context: StepContext }): Step {
  const unroute = phase.stage.kind === 'routing' ? [{ type: 'unroute', worker: workerId(slot, phase.worker) } as const] : []
  const recorded = andThen(act(slot, ...unroute), (s) => recordExit(s, { worker: phase.worker, exit }, context))
  if (exit.kind === 'killed' && exit.reason === 'superseded') return andThen(recorded, (s) => launch(s, context))
  const { decision, history } = decideRestart(context.policy.restart, slot.history, { exit, readyForMs: null, probe: phase.probe }, context)
  return andThen(recorded, (s) => settleInto({ ...s, history }, decision, context))
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
