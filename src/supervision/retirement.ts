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

/** The next stage of a retirement; null when the event changes nothing. */
export function advanceRetirement(
  id: WorkerId,
  stage: RetireStage,
  { event, nowMs }: { readonly event: SlotEvent; readonly nowMs: number },
): { readonly stage: RetireStage; readonly actions: readonly SlotAction[] } | null {
  switch (event.type) {
    case 'unrouted':
      if (stage.kind !== 'unrouting') return null
      return {
        stage: { kind: 'draining', sinceMs: nowMs },
        actions: [
          emit({ type: 'drain.started', worker: id }),
          { type: 'drain', worker: id, deadlineMs: drainTimeMs(stage.deadlineAtMs - nowMs), idleMs: stage.idleMs },
        ],
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
      return hurry(id, stage, 'stop-timeout')
    case 'kill':
      return hurry(id, stage, event.reason)
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

function hurry(id: WorkerId, stage: RetireStage, reason: KillReason): ReturnType<typeof advanceRetirement> {
  if (stage.kind === 'terminating') return null
  return { stage: { kind: 'terminating', reason }, actions: [{ type: 'terminate', worker: id }] }
}

function drainTimeMs(leftMs: number): number {
  return Math.max(0, Math.round(leftMs - Math.min(STOP_RESERVE_MS, leftMs / 4)))
}
