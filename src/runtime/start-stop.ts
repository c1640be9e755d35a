import type { RestartReport, StartReport, TargetStopReport } from '../control/port.ts'
import { MeshrtError } from '../errors/meshrt-error.ts'
import { NOTHING_CUT, addCuts, type Cut } from '../model/cut.ts'
import type { StampedEvent } from '../model/events.ts'
import { formatTarget, formatWorkerId, type ServiceId, type Target, type WorkerId, type WorkerKey } from '../model/ids.ts'
import type { Slot, SlotOutcome } from '../supervision/slot.ts'
import type { CommandParts } from './commands.ts'
import { failureOf } from './failure-cause.ts'
import { findTarget } from './find-target.ts'
import type { ServiceKeeper } from './service-keeper.ts'
import { IDLE_MS } from './stop-sequence.ts'
import { wake } from './wake.ts'

interface StartStopParts extends Pick<CommandParts, 'keepers' | 'operations' | 'bus' | 'clock' | 'isStopping' | 'lastLines'> {
  /** Services that run, and depend on this one or have called it. */
  readonly dependentsOf: (service: ServiceId) => readonly ServiceId[]
}

type Progress = (stamped: StampedEvent) => void

/** Services and slots of a running runtime, stopped and started by hand. What is stopped stays so until an operator starts, scales or restarts it. */
export class StartStop {
  readonly #parts: StartStopParts

  constructor(parts: StartStopParts) {
    this.#parts = parts
  }

  /** @throws MeshrtError MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER, MESHRT_NOT_STARTED, MESHRT_STOPPING, MESHRT_BUSY, MESHRT_START_FAILED */
  async start(target: Target, progress: Progress): Promise<StartReport> {
    const { bus, clock, operations } = this.#parts
    const keeper = this.#find(target, 'start')
    return bus.follow({ command: 'start', target: formatTarget(target), progress }, async () => {
      const startedMs = clock.nowMs()
      const name = target.slot === null ? 'start' : `start of worker ${target.slot}`
      const started = await operations.run(keeper.id, name, () => this.#start(keeper, target.slot))
      return { started, tookMs: clock.nowMs() - startedMs }
    })
  }

  /** @throws MeshrtError MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER, MESHRT_STOPPING, MESHRT_BUSY */
  async stop(target: Target, progress: Progress): Promise<TargetStopReport> {
    const { bus, clock, operations, dependentsOf } = this.#parts
    const keeper = this.#find(target, 'stop')
    return bus.follow({ command: 'stop', target: formatTarget(target), progress }, async () => {
      const startedMs = clock.nowMs()
      const name = target.slot === null ? 'stop' : `stop of worker ${target.slot}`
      const ended = await operations.run(keeper.id, name, () => this.#stop(keeper, target.slot))
      const dependents = keeper.state === 'stopped' ? dependentsOf(keeper.id) : []
      return { ...ended, dependents, tookMs: clock.nowMs() - startedMs }
    })
  }

  /**
   * Ends workers without draining, all at once, and starts others.
   * @throws MeshrtError MESHRT_UNKNOWN_SERVICE, MESHRT_UNKNOWN_WORKER, MESHRT_NOT_STARTED, MESHRT_STOPPING, MESHRT_BUSY, MESHRT_START_FAILED
   */
  async restart(target: Target, progress: Progress): Promise<RestartReport> {
    const { bus, clock, operations } = this.#parts
    const keeper = this.#find(target, 'restart')
    return bus.follow({ command: 'restart', target: formatTarget(target), progress }, async () => {
      const startedMs = clock.nowMs()
      const name = target.slot === null ? 'hard restart' : `hard restart of worker ${target.slot}`
      const replaced = await operations.run(keeper.id, name, async () => {
        wake(keeper, 'restart')
        await keeper.pool.stop({ deadlineMs: 0, idleMs: null }, target.slot)
        return this.#start(keeper, target.slot)
      })
      return { replaced, tookMs: clock.nowMs() - startedMs }
    })
  }

  async #start(keeper: ServiceKeeper, only: number | null): Promise<readonly WorkerId[]> {
    wake(keeper, 'start')
    const { pool } = keeper
    const before = pool.slots.filter(({ id }) => only === null || id.slot === only)
    const outcomes = await pool.start(only)
    const failed = before.flatMap(({ id }, at) => failureIn(outcomes[at], latest(pool.slots, id.slot)))[0]
    if (failed) throw this.#startFailed(failed, { service: keeper.id, slot: only })
    return before.map(({ id }) => latest(pool.slots, id.slot)).filter(({ slot, generation }) => isNewer(before, { slot, generation }))
  }

  #startFailed({ worker, outcome }: Failed, target: Target): MeshrtError {
    const text = formatTarget(target)
    if (outcome.kind === 'stopped') return new MeshrtError('MESHRT_STOPPING', `Cannot start "${text}": it is being stopped`)
    const { lastLines } = this.#parts
    const message = `Cannot start "${text}": ${formatWorkerId(worker)} failed: ${outcome.error.message}`
    return new MeshrtError('MESHRT_START_FAILED', message, { cause: failureOf(worker, { error: outcome.error, lastLines }) })
  }

  async #stop(keeper: ServiceKeeper, only: number | null): Promise<Ended> {
    const { bus } = this.#parts
    const { pool, spec } = keeper
    const ended = new EndedWorkers({ service: keeper.id, slot: only })
    const endListening = bus.journal.listen((stamped) => ended.hear(stamped))
    // Siblings take over from one slot; of a whole service nobody will answer on a connection that is idle.
    if (only === null) await keeper.stop({ deadlineMs: spec.shutdownMs, idleMs: IDLE_MS })
    else await pool.stop({ deadlineMs: spec.shutdownMs, idleMs: null }, only)
    endListening()
    return ended.report()
  }

  #find(target: Target, verb: 'start' | 'stop' | 'restart'): ServiceKeeper {
    if (this.#parts.isStopping()) throw new MeshrtError('MESHRT_STOPPING', `Cannot ${verb}: the runtime is stopping`)
    return findTarget(this.#parts.keepers, { target, verb })
  }
}

type Ended = Pick<TargetStopReport, 'stopped' | 'killed' | 'abandoned' | 'cut'>

/** What the events of a stop say of the workers of its target. */
class EndedWorkers {
  readonly #target: Target
  readonly #stopped: WorkerKey[] = []
  readonly #killed: WorkerKey[] = []
  readonly #abandoned: WorkerKey[] = []
  readonly #cut = new Map<WorkerKey, Cut>()

  constructor(target: Target) {
    this.#target = target
  }

  hear({ event }: StampedEvent): void {
    if (event.type !== 'worker.exited' && event.type !== 'worker.abandoned' && event.type !== 'drain.timed-out') return
    const { service, slot } = event.worker
    if (service !== this.#target.service || (this.#target.slot !== null && slot !== this.#target.slot)) return
    const key = formatWorkerId(event.worker)
    if (event.type === 'worker.abandoned') this.#abandoned.push(key)
    else if (event.type === 'drain.timed-out') this.#cut.set(key, addCuts(this.#cut.get(key) ?? NOTHING_CUT, event.cut))
    else if (event.exit.kind === 'killed' && event.exit.reason !== 'superseded') this.#killed.push(key)
    else this.#stopped.push(key)
  }

  report(): Ended {
    const abandoned = new Set(this.#abandoned)
    return {
      stopped: this.#stopped,
      killed: this.#killed.filter((key) => !abandoned.has(key)),
      abandoned: this.#abandoned,
      cut: [...this.#cut].map(([worker, cut]) => ({ worker, ...cut })),
    }
  }
}

interface Failed {
  readonly worker: WorkerId
  readonly outcome: Extract<SlotOutcome, { kind: 'failed' | 'stopped' }>
}

function failureIn(outcome: SlotOutcome | undefined, worker: WorkerId): readonly Failed[] {
  return outcome?.kind === 'failed' || outcome?.kind === 'stopped' ? [{ worker, outcome }] : []
}

/** The last worker that was launched in the slot. */
function latest(slots: readonly Slot[], slot: number): WorkerId {
  const { id, generation } = slots[slot] as Slot
  return { ...id, generation }
}

function isNewer(before: readonly Slot[], { slot, generation }: Pick<WorkerId, 'slot' | 'generation'>): boolean {
  return before.some((one) => one.id.slot === slot && one.generation < generation)
}
