import type { Cut } from './cut.ts'
import type { Exit } from './exit.ts'
import type { ErrorInfo } from './failure.ts'
import type { ServiceId, SlotId, WorkerId, WorkerKey } from './ids.ts'
import type { ReloadPlan } from './reload.ts'
import type { Mode } from './spec.ts'
import type { Measure, Verdict, VerdictKind } from './verdict.ts'

/** A fact, in the past tense. Logs, the event stream, metrics and tests all derive from these. */
export type RuntimeEvent =
  | { readonly type: 'runtime.started'; readonly mode: Mode; readonly url: string | null; readonly tookMs: number }
  | { readonly type: 'runtime.rebooted'; readonly number: number; readonly cause: string; readonly downMs: number }
  | { readonly type: 'runtime.stopping'; readonly reason: StopReason }
  | {
      readonly type: 'runtime.stopped'
      readonly tookMs: number
      readonly killed: readonly WorkerId[]
      readonly abandoned: readonly WorkerId[]
    }
  | { readonly type: 'guardian.lost'; readonly pid: number }
  | { readonly type: 'service.started'; readonly service: ServiceId; readonly workers: number; readonly tookMs: number }
  | { readonly type: 'service.limited'; readonly service: ServiceId; readonly workers: number; readonly asked: number }
  | { readonly type: 'service.degraded'; readonly service: ServiceId; readonly ready: number; readonly desired: number }
  | { readonly type: 'service.recovered'; readonly service: ServiceId; readonly ready: number }
  | { readonly type: 'service.completed'; readonly service: ServiceId; readonly tookMs: number }
  | { readonly type: 'service.failed'; readonly service: ServiceId; readonly error: ErrorInfo }
  | { readonly type: 'service.stopped'; readonly service: ServiceId }
  | { readonly type: 'worker.launched'; readonly worker: WorkerId }
  | { readonly type: 'worker.ready'; readonly worker: WorkerId; readonly tookMs: number; readonly url: string | null }
  | { readonly type: 'worker.exited'; readonly worker: WorkerId; readonly exit: Exit; readonly uptimeMs: number }
  | { readonly type: 'worker.abandoned'; readonly worker: WorkerId }
  | { readonly type: 'worker.warned'; readonly worker: WorkerId; readonly message: string }
  | { readonly type: 'output.dropped'; readonly worker: WorkerId; readonly writes: number }
  | { readonly type: 'restart.scheduled'; readonly slot: SlotId; readonly delayMs: number; readonly attempt: number }
  | { readonly type: 'slot.quarantined'; readonly slot: SlotId; readonly reason: QuarantineReason }
  | { readonly type: 'slot.probed'; readonly slot: SlotId }
  | { readonly type: 'replacement.started'; readonly slot: SlotId; readonly reason: ReplaceReason }
  | { readonly type: 'replacement.finished'; readonly slot: SlotId; readonly tookMs: number }
  | { readonly type: 'replacement.failed'; readonly slot: SlotId; readonly error: ErrorInfo }
  | { readonly type: 'rollout.started'; readonly service: ServiceId; readonly reason: ReplaceReason; readonly workers: number }
  | { readonly type: 'rollout.progressed'; readonly worker: WorkerId; readonly done: number; readonly workers: number }
  | { readonly type: 'rollout.finished'; readonly service: ServiceId; readonly replaced: number; readonly tookMs: number }
  | { readonly type: 'rollout.failed'; readonly service: ServiceId; readonly replaced: number; readonly error: ErrorInfo }
  | { readonly type: 'scaling.started'; readonly service: ServiceId; readonly from: number; readonly to: number; readonly reason: string }
  | { readonly type: 'pool.scaled'; readonly service: ServiceId; readonly from: number; readonly to: number; readonly reason: string }
  | {
      readonly type: 'scaling.failed'
      readonly service: ServiceId
      readonly workers: number
      readonly asked: number
      readonly error: ErrorInfo
    }
  | {
      readonly type: 'scaling.limited'
      readonly service: ServiceId
      readonly workers: number
      readonly asked: number
      readonly reason: string
    }
  | { readonly type: 'drain.started'; readonly worker: WorkerId }
  | { readonly type: 'drain.finished'; readonly worker: WorkerId; readonly tookMs: number }
  | { readonly type: 'drain.timed-out'; readonly worker: WorkerId; readonly cut: Cut }
  | { readonly type: 'health.changed'; readonly worker: WorkerId; readonly from: VerdictKind; readonly verdict: Verdict }
  | {
      readonly type: 'worker.suspected'
      readonly worker: WorkerId
      readonly measure: Measure
      readonly limit: number
      readonly value: number
      /** False when too few others were left to take it out of rotation. */
      readonly ejected: boolean
    }
  | { readonly type: 'route.published'; readonly version: number }
  | {
      readonly type: 'circuit.opened'
      readonly caller: WorkerKey
      readonly target: WorkerKey | ServiceId
      readonly reason: string
      readonly openMs: number
    }
  | { readonly type: 'circuit.half-opened'; readonly caller: WorkerKey; readonly target: WorkerKey | ServiceId }
  | { readonly type: 'circuit.closed'; readonly caller: WorkerKey; readonly target: WorkerKey | ServiceId }
  | { readonly type: 'watch.changed'; readonly service: ServiceId | null; readonly files: readonly string[] }
  | { readonly type: 'watch.failed'; readonly message: string }
  | { readonly type: 'reload.planned'; readonly plan: ReloadPlan; readonly dryRun: boolean }
  | {
      readonly type: 'reload.applied'
      readonly added: readonly ServiceId[]
      readonly changed: readonly ServiceId[]
      readonly removed: readonly ServiceId[]
      readonly tookMs: number
    }
  | { readonly type: 'reload.rejected'; readonly error: ErrorInfo; readonly problems: readonly string[] }
  | { readonly type: 'command.received'; readonly command: string; readonly target: string | null }
  | { readonly type: 'command.finished'; readonly command: string; readonly target: string | null; readonly ok: boolean }

export type EventType = RuntimeEvent['type']
export type EventOf<T extends EventType> = Extract<RuntimeEvent, { type: T }>

/** An event with its moment, as it is journalled and streamed. */
export interface StampedEvent {
  readonly atMs: number
  readonly event: RuntimeEvent
}

/** `recycle`: its guardian is to start a fresh one. */
export type StopReason = 'signal' | 'command' | 'failed' | 'smoke' | 'recycle'
export type ReplaceReason = 'restart' | 'unhealthy' | 'heap' | 'changed'
export type QuarantineReason = 'intensity-exceeded' | 'too-many-per-hour' | 'start-failed' | 'probe-failed' | 'restart-policy'

/** Hears every event. Must not throw. */
export type Emit = (event: RuntimeEvent) => void
