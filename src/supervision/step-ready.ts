import { decideRestart } from './restart-decision.ts'
import { retire } from './retirement.ts'
import { act, arm, armStart, beginReplacement, conceive, become, emit, exitOf, recordExit, settleInto, stay, andThen } from './step.ts'
import type { KillReason } from '../model/exit.ts'
import { workerId, type ReadyWorker, type Slot, type SlotEvent, type Step, type StepContext } from './slot.ts'

type Input = { readonly event: SlotEvent; readonly context: StepContext }

export function stepReady(slot: Slot, worker: ReadyWorker, { event, context }: Input): Step {
  if ('generation' in event && event.generation !== worker.generation) return stay(slot)
  const id = workerId(slot, worker)
  switch (event.type) {
    case 'replace':
      return event.order === 'drain-first' ? drainFirst(slot, worker, { event, context }) : replace(slot, worker, { event, context })
    case 'stop': {
      const leaving = retire(id, worker, { ...event, nowMs: context.nowMs })
      const step = become(slot, { kind: 'draining', leaving: [leaving.leaving], goal: { kind: 'rest' } }, leaving.action)
      return andThen(step, (s) => arm(s, event.deadlineMs))
    }
    case 'kill':
      return kill(slot, worker, { reason: event.reason, context })
    case 'exited':
    case 'abandoned': {
      const exit = exitOf(event, 'nothing')
      const readyForMs = context.nowMs - worker.readyAtMs
      const { decision, history } = decideRestart(context.policy.restart, slot.history, { exit, readyForMs, probe: false }, context)
      const recorded = andThen(act(slot, { type: 'unroute', worker: id }), (s) => recordExit(s, { worker, exit }, context))
      return andThen(recorded, (s) => settleInto({ ...s, history }, decision, context))
    }
    case 'start':
      return act(slot, { type: 'answer', outcome: { kind: 'ready' } })
    case 'loaded':
    case 'load-failed':
    case 'routed':
    case 'unrouted':
    case 'drained':
    case 'timer':
      return stay(slot)
  }
}

interface Order {
  readonly event: Extract<SlotEvent, { type: 'replace' }>
  readonly context: StepContext
}

function replace(slot: Slot, old: ReadyWorker, { event, context }: Order): Step {
  const replacing = beginReplacement(event.reason, context)
  const { slot: grown, worker: next, actions } = conceive(slot, context, replacing)
  const progress = { kind: 'arriving', next, stage: { kind: 'loading' } } as const
  const phase = { kind: 'replacing', ...replacing, old, oldKilled: null, progress } as const
  const step = become(grown, phase, emit({ type: 'replacement.started', slot: slot.id, reason: event.reason }), ...actions)
  return andThen(step, (s) => armStart(s, context))
}

/** The slot serves nobody until the new worker is ready. */
function drainFirst(slot: Slot, old: ReadyWorker, { event, context }: Order): Step {
  const { shutdownMs } = context.policy
  const { leaving, action } = retire(workerId(slot, old), old, { deadlineMs: shutdownMs, idleMs: null, nowMs: context.nowMs })
  const goal = { kind: 'replace', replacing: beginReplacement(event.reason, context) } as const
  const started = emit({ type: 'replacement.started', slot: slot.id, reason: event.reason })
  return andThen(become(slot, { kind: 'draining', leaving: [leaving], goal }, started, action), (s) => arm(s, shutdownMs))
}

/** No drain: its loop does not turn, or its memory is gone. Counts as a crash. */
function kill(slot: Slot, worker: ReadyWorker, { reason, context }: { reason: KillReason; context: StepContext }): Step {
  const id = workerId(slot, worker)
  const dead = { exit: { kind: 'killed', reason }, readyForMs: context.nowMs - worker.readyAtMs, probe: false } as const
  const { decision, history } = decideRestart(context.policy.restart, slot.history, dead, context)
  const leaving = [{ worker, stage: { kind: 'terminating', reason } as const }]
  return become(
    { ...slot, history },
    { kind: 'draining', leaving, goal: { kind: 'resume', decision } },
    { type: 'unroute', worker: id },
    { type: 'terminate', worker: id },
  )
}
