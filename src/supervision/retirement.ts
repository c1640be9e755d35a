import { isCut } from '../model/cut.ts'
import type { KillReason } from '../model/exit.ts'
import type { WorkerId } from '../model/ids.ts'
import type { ExitFacts } from './exit-cause.ts'
import type { Incarnation, Leaving, RetireStage, SlotAction, SlotEvent, StopTerms } from './slot.ts'
import { emit } from './step.ts'

/**
 * How a worker leaves: unrouted, then drained, then stopped, then gone; terminated when it is late.
 * One deadline bounds all of it; a share at its end is kept for the service's own stop.
 */
const STOP_RESERVE_MS = 1000

export interface Retirement {
  readonly leaving: Leaving
  readonly action: SlotAction
}

export function retire(id: WorkerId, worker: Incarnation, terms: StopTerms & { readonly nowMs: number }): Retirement {
  return {
    leaving: { worker, stage: { kind: 'unrouting', deadlineAtMs: terms.nowMs + terms.deadlineMs, idleMs: terms.idleMs } },
    action: { type: 'unroute', worker: id },
  }
}

interface Advance {
  readonly stage: RetireStage
  readonly actions: readonly SlotAction[]
}

/** The worker is leaving already, and gets less time for it than it was told: never more. */
export function shortenRetirement(id: WorkerId, stage: RetireStage, terms: StopTerms & { readonly nowMs: number }): Advance {
  if (stage.kind === 'stopping' || stage.kind === 'terminating') return { stage, actions: [] }
  const deadlineAtMs = Math.min(stage.deadlineAtMs, terms.nowMs + terms.deadlineMs)
  const shorter = { ...stage, deadlineAtMs, idleMs: sooner(stage.idleMs, terms.idleMs) }
  return { stage: shorter, actions: shorter.kind === 'draining' ? [drain(id, shorter, terms.nowMs)] : [] }
}

function sooner(one: number | null, other: number | null): number | null {
  return one === null ? other : Math.min(one, other ?? one)
}

/** The next stage of a retirement; null when the event changes nothing. */
export function advanceRetirement(
  id: WorkerId,
  stage: RetireStage,
  { event, nowMs }: { readonly event: SlotEvent; readonly nowMs: number },
): Advance | null {
  switch (event.type) {
    case 'unrouted':
      if (stage.kind !== 'unrouting') return null
      return {
        stage: { ...stage, kind: 'draining', sinceMs: nowMs },
        actions: [emit({ type: 'drain.started', worker: id }), drain(id, stage, nowMs)],
      }
    case 'drained':
      if (stage.kind !== 'draining') return null
      return {
        stage: { kind: 'stopping' },
        actions: [
          emit(
            isCut(event.cut)
              ? { type: 'drain.timed-out', worker: id, cut: event.cut }
              : { type: 'drain.finished', worker: id, tookMs: nowMs - stage.sinceMs },
          ),
          { type: 'stop', worker: id },
        ],
      }
    case 'timer':
      return endByForce(id, stage, 'stop-timeout')
    case 'kill':
      return endByForce(id, stage, event.reason)
    default:
      return null
  }
}

/** What the runtime had asked of a leaving worker, for the cause of its exit. */
export function askedOf(stage: RetireStage): ExitFacts['asked'] {
  switch (stage.kind) {
    case 'unrouting':
    case 'draining':
      // It ended before it was told to: by itself.
      return 'nothing'
    case 'stopping':
      return 'stop'
    case 'terminating':
      return stage.reason
  }
}

function endByForce(id: WorkerId, stage: RetireStage, reason: KillReason): Advance | null {
  if (stage.kind === 'terminating') return null
  return { stage: { kind: 'terminating', reason }, actions: [{ type: 'terminate', worker: id }] }
}

function drain(id: WorkerId, { deadlineAtMs, idleMs }: Extract<RetireStage, { deadlineAtMs: number }>, nowMs: number): SlotAction {
  return { type: 'drain', worker: id, deadlineMs: drainTimeMs(deadlineAtMs - nowMs), idleMs }
}

function drainTimeMs(remainingMs: number): number {
  const leftMs = Math.max(0, remainingMs)
  return Math.max(0, Math.round(leftMs - Math.min(STOP_RESERVE_MS, leftMs / 4)))
}
