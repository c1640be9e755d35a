import type { ReplaceReason, RuntimeEvent } from '../model/events.ts'
import type { Exit } from '../model/exit.ts'
import type { ErrorInfo } from '../model/failure.ts'
import { exitCause, type ExitFacts } from './exit-cause.ts'
import { NO_HISTORY, type RestartDecision } from './restart-decision.ts'
import {
  workerId,
  type Incarnation,
  type Phase,
  type ReplacementInfo,
  type Slot,
  type SlotAction,
  type SlotEvent,
  type Step,
  type StepContext,
} from './slot.ts'
import { IMMEDIATE_BELOW_MS } from './backoff.ts'

/** The vocabulary in which the steps of the slot machine are written. */

export function stay(slot: Slot): Step {
  return { slot, actions: [] }
}

export function become(slot: Slot, phase: Phase, ...actions: readonly SlotAction[]): Step {
  return { slot: { ...slot, phase }, actions }
}

export function act(slot: Slot, ...actions: readonly SlotAction[]): Step {
  return { slot, actions }
}

/** One step after another, as one step. */
export function andThen(first: Step, next: (slot: Slot) => Step): Step {
  const second = next(first.slot)
  return { slot: second.slot, actions: [...first.actions, ...second.actions] }
}

export function emit(event: RuntimeEvent): SlotAction {
  return { type: 'emit', event }
}

/** Sets the slot's one timer; whatever was pending is superseded. */
export function arm(slot: Slot, delayMs: number): Step {
  const token = slot.timer + 1
  return { slot: { ...slot, timer: token }, actions: [{ type: 'schedule', token, delayMs }] }
}

/** Sets the timer for a worker on its way in, if there is a limit to that. */
export function armStart(slot: Slot, { policy }: StepContext): Step {
  return policy.startTimeoutMs > 0 ? arm(slot, policy.startTimeoutMs) : disarm(slot)
}

export function disarm(slot: Slot): Step {
  return { slot: { ...slot, timer: slot.timer + 1 }, actions: [{ type: 'cancel' }] }
}

export function forget(slot: Slot): Slot {
  return { ...slot, history: NO_HISTORY }
}

/** A new incarnation, not yet part of any phase. */
export function conceive(slot: Slot, context: StepContext, replacing: ReplacementInfo | null): Conceived {
  const worker = { generation: slot.generation + 1, launchedAtMs: context.nowMs }
  const id = workerId(slot, worker)
  return {
    slot: { ...slot, generation: worker.generation },
    worker,
    actions: [
      { type: 'launch', worker: id, accept: replacing?.settles ? 'when-routed' : 'at-once' },
      emit({ type: 'worker.launched', worker: id }),
    ],
  }
}

interface Conceived {
  readonly slot: Slot
  readonly worker: Incarnation
  readonly actions: readonly SlotAction[]
}

/** Launches a worker into a slot that has none. */
export function launch(slot: Slot, context: StepContext, options: LaunchOptions = {}): Step {
  const { probe = false, replacing = null } = options
  const { slot: grown, worker, actions } = conceive(slot, context, replacing)
  const started = become(grown, { kind: 'starting', worker, stage: { kind: 'loading' }, probe, replacing }, ...actions)
  return andThen(started, (s) => armStart(s, context))
}

interface LaunchOptions {
  readonly probe?: boolean
  readonly replacing?: ReplacementInfo | null
}

/** A replacement that begins now. In a rollout the new worker is watched first; a sick one is relieved at once. */
export function beginReplacement(reason: ReplaceReason, { policy, nowMs }: StepContext): ReplacementInfo {
  return { reason, startedAtMs: nowMs, settles: policy.settleMs > 0 && (reason === 'restart' || reason === 'changed') }
}

/** Launches a worker in place of one that ended unasked. */
export function relaunch(slot: Slot, context: StepContext, options: LaunchOptions = {}): Step {
  return launch({ ...slot, restarts: slot.restarts + 1, lastRestartMs: context.nowMs }, context, options)
}

/** Notes that a worker has ended. */
export function recordExit(slot: Slot, ended: { readonly worker: Incarnation; readonly exit: Exit }, context: StepContext): Step {
  const { worker, exit } = ended
  return act(
    { ...slot, lastExit: { atMs: context.nowMs, exit } },
    emit({ type: 'worker.exited', worker: workerId(slot, worker), exit, uptimeMs: context.nowMs - worker.launchedAtMs }),
  )
}

/** The exit that an `exited` or `abandoned` event stands for. */
export function exitOf(
  event: Pick<Extract<SlotEvent, { type: 'exited' }>, 'type' | 'code' | 'signal' | 'error'> | { type: 'abandoned' },
  asked: ExitFacts['asked'],
): Exit {
  if (event.type === 'exited') return exitCause({ code: event.code, signal: event.signal ?? null, error: event.error, asked })
  return { kind: 'killed', reason: asked === 'stop' || asked === 'nothing' ? 'stop-timeout' : asked }
}

/** Carries out a restart decision in a slot without workers. */
export function settleInto(slot: Slot, decision: RestartDecision, context: StepContext): Step {
  switch (decision.kind) {
    case 'complete':
      return andThen(become(slot, { kind: 'completed' }, { type: 'settle', outcome: { kind: 'completed' } }), disarm)
    case 'quarantine': {
      const error = slot.lastExit ? exitError(slot.lastExit.exit) : { name: 'Error', message: 'never started' }
      const { probeAfterMs } = context.policy.restart
      const mayProbe = probeAfterMs > 0 && decision.reason !== 'restart-policy'
      const held = become(
        slot,
        { kind: 'quarantined', reason: decision.reason, probeAtMs: mayProbe ? context.nowMs + probeAfterMs : null },
        emit({ type: 'slot.quarantined', slot: slot.id, reason: decision.reason }),
        { type: 'settle', outcome: { kind: 'failed', error } },
      )
      return andThen(held, (s) => (mayProbe ? arm(s, probeAfterMs) : disarm(s)))
    }
    case 'restart': {
      const scheduled = act(slot, emit({ type: 'restart.scheduled', slot: slot.id, delayMs: decision.delayMs, attempt: decision.attempt }))
      if (decision.delayMs < IMMEDIATE_BELOW_MS) return andThen(scheduled, (s) => relaunch(s, context))
      return andThen(
        andThen(scheduled, (s) => become(s, { kind: 'backoff', untilMs: context.nowMs + decision.delayMs })),
        (s) => arm(s, decision.delayMs),
      )
    }
  }
}

/** What to tell whoever waited for a worker that ended like this. */
export function exitError(exit: Exit): ErrorInfo {
  switch (exit.kind) {
    case 'crashed':
      return exit.error ?? { name: 'Error', message: `The worker exited with code ${exit.code}` }
    case 'out-of-memory':
      return exit.error ?? { name: 'Error', message: 'The worker ran out of memory' }
    case 'killed':
      return { name: 'Error', message: `The worker was killed: ${exit.reason}` }
    case 'completed':
    case 'stopped':
      return { name: 'Error', message: `The worker ended: ${exit.kind}` }
  }
}
