import type { QuarantineReason, ReplaceReason, RuntimeEvent } from '../model/events.ts'
import type { Cut } from '../model/cut.ts'
import type { Exit, KillReason } from '../model/exit.ts'
import type { ErrorInfo } from '../model/failure.ts'
import type { SlotId, WorkerId } from '../model/ids.ts'
import type { RestartSpec } from '../model/spec.ts'
import { NO_HISTORY, type RestartDecision, type RestartHistory } from './restart-decision.ts'

/**
 * A slot: the unit of supervision. It outlives its workers; what happens to them is decided by `stepSlot`,
 * which is a pure function, and done by the pool supervisor, which is not.
 */
export interface Slot {
  readonly id: SlotId
  readonly phase: Phase
  /** The last generation that was launched; 0 = none yet. */
  readonly generation: number
  readonly history: RestartHistory
  /** Workers launched in place of one that had ended unasked. */
  readonly restarts: number
  readonly lastRestartMs: number | null
  readonly lastExit: { readonly atMs: number; readonly exit: Exit } | null
  /** Token of the only timer that counts; a timer with another token has been superseded. */
  readonly timer: number
}

/** One worker in a slot. */
export interface Incarnation {
  readonly generation: number
  readonly launchedAtMs: number
}

export type Phase =
  | { readonly kind: 'empty' }
  | Starting
  | { readonly kind: 'ready'; readonly worker: ReadyWorker }
  | Replacing
  | Draining
  | { readonly kind: 'backoff'; readonly untilMs: number }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'completed' }
  /** `probeAtMs`: when it gets one try by itself. */
  | { readonly kind: 'quarantined'; readonly reason: QuarantineReason; readonly probeAtMs: number | null }

/** A worker is on its way into a slot where nobody serves. */
export interface Starting {
  readonly kind: 'starting'
  readonly worker: Incarnation
  readonly stage: StartStage
  /** It is the one try of a quarantined slot. */
  readonly probe: boolean
  /** The replacement that it completes: its predecessor was drained first, or has died meanwhile. */
  readonly replacing: ReplacementInfo | null
}

export interface ReplacementInfo {
  readonly reason: ReplaceReason
  readonly startedAtMs: number
  /** The new worker is to be watched for a while before it gets requests; not when the old one has died by now. */
  readonly settles: boolean
}

/** Two live workers: `next` starts, then takes over, then `old` is retired. */
export interface Replacing extends ReplacementInfo {
  readonly kind: 'replacing'
  readonly old: ReadyWorker
  /** Set when the runtime has terminated `old` while `next` was still starting. */
  readonly oldKilled: KillReason | null
  readonly progress: Progress
}

/** First `next` is on its way in, then `old` is on its way out. */
export type Progress =
  | { readonly kind: 'arriving'; readonly next: Incarnation; readonly stage: StartStage }
  | { readonly kind: 'retiring'; readonly next: ReadyWorker; readonly stage: RetireStage }

export interface ReadyWorker extends Incarnation {
  readonly readyAtMs: number
}

/** Every worker of the slot is on its way out: one, or the two of an interrupted replacement. */
export interface Draining {
  readonly kind: 'draining'
  readonly leaving: readonly Leaving[]
  /** What follows when the last one is gone. */
  readonly goal:
    | { readonly kind: 'rest' }
    | { readonly kind: 'resume'; readonly decision: RestartDecision }
    | { readonly kind: 'replace'; readonly replacing: ReplacementInfo }
}

export interface Leaving {
  readonly worker: Incarnation
  readonly stage: RetireStage
}

export type StartStage =
  | { readonly kind: 'loading' }
  /** Loaded, and watched for a while before it gets requests. */
  | { readonly kind: 'settling'; readonly url: string | null }
  | { readonly kind: 'routing'; readonly url: string | null }
  /** Terminated, not yet gone; `exit` says why. */
  | { readonly kind: 'failing'; readonly exit: Exit }

export type RetireStage =
  | { readonly kind: 'unrouting'; readonly deadlineAtMs: number; readonly idleMs: number | null }
  | { readonly kind: 'draining'; readonly sinceMs: number; readonly deadlineAtMs: number; readonly idleMs: number | null }
  | { readonly kind: 'stopping' }
  | { readonly kind: 'terminating'; readonly reason: KillReason }

export interface StopTerms {
  /** From now; bounds unroute, drain and exit together. */
  readonly deadlineMs: number
  /** How long a connection without a request may stay; null = as long as the server itself would keep it. */
  readonly idleMs: number | null
}

export type SlotEvent =
  | { readonly type: 'start' }
  | { readonly type: 'replace'; readonly reason: ReplaceReason; readonly order?: ReplaceOrder }
  | ({ readonly type: 'stop' } & StopTerms)
  | { readonly type: 'kill'; readonly generation: number; readonly reason: KillReason }
  | { readonly type: 'loaded'; readonly generation: number; readonly url: string | null }
  | { readonly type: 'load-failed'; readonly generation: number; readonly error: ErrorInfo }
  | { readonly type: 'routed'; readonly generation: number }
  | { readonly type: 'unrouted'; readonly generation: number }
  | { readonly type: 'drained'; readonly generation: number; readonly cut: Cut }
  | {
      readonly type: 'exited'
      readonly generation: number
      readonly code: number
      readonly signal?: string | null
      readonly error: ErrorInfo | null
    }
  /** It outlived its termination. */
  | { readonly type: 'abandoned'; readonly generation: number }
  | { readonly type: 'timer'; readonly token: number }

/** `surge`, the usual one: the new worker comes before the old one goes. `drain-first`: the old one goes first. */
export type ReplaceOrder = 'surge' | 'drain-first'

export type SlotAction =
  /** `accept`: whether it takes connections as soon as it can, or when it is routed. */
  | { readonly type: 'launch'; readonly worker: WorkerId; readonly accept: 'at-once' | 'when-routed' }
  /** Answered by `routed`. */
  | { readonly type: 'route'; readonly worker: WorkerId }
  /** Answered by `unrouted`, always and soon. */
  | { readonly type: 'unroute'; readonly worker: WorkerId }
  /** Answered by `drained`, at the deadline at the latest. A worker that drains already is told that it has less time. */
  | ({ readonly type: 'drain'; readonly worker: WorkerId } & StopTerms)
  | { readonly type: 'stop'; readonly worker: WorkerId }
  /** Answered by `exited` or, within a fixed time, by `abandoned`. */
  | { readonly type: 'terminate'; readonly worker: WorkerId }
  /** Replaces the slot's timer; answered by `timer` with this token. */
  | { readonly type: 'schedule'; readonly token: number; readonly delayMs: number }
  | { readonly type: 'cancel' }
  | { readonly type: 'emit'; readonly event: RuntimeEvent }
  /** Whoever waits for this slot's operation learns how it ended. */
  /** To everybody who waits for the slot. */
  | { readonly type: 'settle'; readonly outcome: SlotOutcome }
  /** Only to whoever gave the order of this step: those who wait for the slot go on waiting. */
  | { readonly type: 'answer'; readonly outcome: SlotOutcome }

export type SlotOutcome =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: ErrorInfo }
  | { readonly kind: 'stopped' }
  | { readonly kind: 'completed' }

/** The part of a service's spec that slots need. */
interface SlotPolicy {
  /** Its workers run to their end: ending is what they are for, and until then they are `starting`. */
  readonly isOneshot: boolean
  readonly restart: RestartSpec
  /** 0 = no limit. */
  readonly startTimeoutMs: number
  readonly shutdownMs: number
  /** How long the new worker of a rollout lives before it gets requests. */
  readonly settleMs: number
}

/** Time and chance, and what is known of the other slots, passed in. */
export interface StepContext {
  readonly policy: SlotPolicy
  readonly nowMs: number
  /** 0 to 1. */
  readonly entropy: number
  /** Another slot of the pool serves. */
  readonly siblingServes: boolean
}

export interface Step {
  readonly slot: Slot
  readonly actions: readonly SlotAction[]
}

export function emptySlot(id: SlotId): Slot {
  return { id, phase: { kind: 'empty' }, generation: 0, history: NO_HISTORY, restarts: 0, lastRestartMs: null, lastExit: null, timer: 0 }
}

export function workerId(slot: Slot, worker: Incarnation): WorkerId {
  return { ...slot.id, generation: worker.generation }
}
