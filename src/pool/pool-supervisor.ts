import { assertNever } from '../model/assert-never.ts'
import type { Clock } from '../model/clock.ts'
import type { Cut } from '../model/cut.ts'
import type { Emit, ReplaceReason } from '../model/events.ts'
import type { KillReason } from '../model/exit.ts'
import { toErrorInfo } from '../model/failure.ts'
import type { WorkerId } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import type { ServiceSpec } from '../model/spec.ts'
import type { ReplaceOrder, Slot, SlotAction, SlotEvent, SlotOutcome, StopTerms } from '../supervision/slot.ts'
import { isServing } from '../supervision/serving.ts'
import { stepSlot } from '../supervision/slot-machine.ts'
import type { StartReport, StartTerms } from '../itc/protocol.ts'
import { watchDrain } from './drain-watch.ts'
import type { Launcher, WorkerHandle } from './launcher.ts'
import type { Routing } from './routing.ts'
import { WorkerRegister, type AbandonedWorker } from './worker-register.ts'
import { slotPolicy } from './slot-policy.ts'
import { SlotSet } from './slot-set.ts'
import { createListener } from './worker-listener.ts'

export interface PoolOptions {
  readonly spec: ServiceSpec
  readonly launcher: Launcher
  readonly routing: Routing
  readonly clock: Clock
  /** 0 to 1. */
  readonly random: () => number
  readonly emit: Emit
  readonly onOutput: (line: LogLine) => void
  readonly onFiles: (files: readonly string[]) => void
  /** False while a debugger may be holding workers. */
  readonly mayKillBlocked: () => boolean
  /** After every change of a slot. */
  readonly onChange: () => void
}

/** How the first worker of a new slot has ended up. */
interface Joined {
  readonly worker: WorkerId
  readonly outcome: SlotOutcome
}

/** The slots of one service: has the slot machine decide, and does what it says. */
export class PoolSupervisor {
  readonly #options: PoolOptions
  readonly #slots: SlotSet
  readonly #timers = new Map<number, () => void>()
  readonly #workers: WorkerRegister
  readonly #waiters = new Map<number, ((outcome: SlotOutcome) => void)[]>()
  #change = Promise.withResolvers<void>()
  #report: StartReport | null = null

  constructor(options: PoolOptions) {
    const { id, workers } = options.spec
    this.#options = options
    this.#slots = new SlotSet(id, workers)
    this.#workers = new WorkerRegister(options.clock)
  }

  get spec(): ServiceSpec {
    return this.#options.spec
  }

  /** Slots 0 to n-1; while the pool is made smaller, also those on their way out. */
  get slots(): readonly Slot[] {
    return this.#slots.all
  }

  /** How many slots there are to be. */
  get size(): number {
    return this.#slots.size
  }

  /** The slots that the state of the service depends on. */
  get members(): readonly Slot[] {
    return this.#slots.members
  }

  /** Every worker that is there, on its way in and out included; not those that have been given up. */
  get workers(): readonly WorkerHandle[] {
    return this.#workers.all
  }

  /** Workers that outlived their termination. */
  get abandoned(): readonly AbandonedWorker[] {
    return this.#workers.abandoned
  }

  /** What the service turned out to be; null before its first worker has loaded. */
  get report(): StartReport | null {
    return this.#report
  }

  /** Resolves after the next change of a slot. */
  changed(): Promise<void> {
    return this.#change.promise
  }

  worker(slot: number, generation: number): WorkerHandle | undefined {
    return this.#workers.find({ slot, generation })
  }

  /** Starts every slot, or only one; settles when each is ready, quarantined, completed or stopped. */
  start(only: number | null = null): Promise<readonly SlotOutcome[]> {
    return Promise.all(this.#chosen(only).map((slot) => this.#settled(slot, { type: 'start' })))
  }

  /** Replaces the slot's worker by a new one, or starts one where there is none. */
  replace(slot: number, reason: ReplaceReason, order: ReplaceOrder = 'surge'): Promise<SlotOutcome> {
    return this.#settled(slot, { type: 'replace', reason, order })
  }

  /**
   * Starts new slots, and perhaps those that an operator has stopped. Resolves when each has settled; a new one whose first worker fails is
   * not tried again. What has not become ready is removed again, unless a later slot has.
   */
  async grow(size: number, { stopped }: { readonly stopped: 'start' | 'leave' } = { stopped: 'leave' }): Promise<readonly Joined[]> {
    const before = this.slots.length
    this.#slots.add(Math.max(size, before))
    const waiting = this.#slots.toStart(before, { stopped })
    const joined = await Promise.all(waiting.map((slot) => this.#join(slot)))
    for (const slot of waiting) this.#slots.hasSettled(slot)
    let kept = this.slots.length
    while (kept > before && joined.some(({ worker, outcome }) => worker.slot === kept - 1 && outcome.kind === 'failed')) kept--
    await this.shrink(kept, { deadlineMs: 0, idleMs: 0 })
    return joined
  }

  async #join(slot: number): Promise<Joined> {
    const outcome = await this.#settled(slot, { type: 'start' })
    // One that has failed does not count before it is known whether it stays.
    if (outcome.kind === 'ready') this.#slots.hasSettled(slot)
    return { worker: { service: this.spec.id, slot, generation: this.slots[slot]?.generation ?? 0 }, outcome }
  }

  /** Drains the newest slots; resolves when their workers are gone and they are removed. */
  async shrink(size: number, terms: StopTerms): Promise<void> {
    const leaving = this.#slots.lower(size)
    // Who cares for their sockets learns of it while they still accept.
    this.#tellChange()
    const trim = (): void => {
      this.#slots.trim()
      this.#tellChange()
    }
    await Promise.all(leaving.map(({ id }) => this.#settled(id.slot, { type: 'stop', ...terms }).then(trim)))
  }

  kill(slot: number, generation: number, reason: KillReason): void {
    this.#dispatch(slot, { type: 'kill', generation, reason })
  }

  /** Stops every slot, or only one; settles when no worker of them is left, or all that are left have been given up. */
  async stop(terms: StopTerms, only: number | null = null): Promise<void> {
    await Promise.all(this.#chosen(only).map((slot) => this.#settled(slot, { type: 'stop', ...terms })))
  }

  /** Ends every worker by force, at once and for good. */
  force(): void {
    for (const { id } of this.slots) this.#dispatch(id.slot, { type: 'stop', deadlineMs: 0, idleMs: 0 })
    for (const { id } of this.#workers.all) this.#dispatch(id.slot, { type: 'kill', generation: id.generation, reason: 'forced' })
  }

  #chosen(only: number | null): readonly number[] {
    return only === null ? this.slots.map(({ id }) => id.slot) : [only]
  }

  #tellChange(): void {
    this.#options.onChange()
    this.#change.resolve()
    this.#change = Promise.withResolvers()
  }

  /** Abandons what has been terminated and is still there: nobody can wait for it any longer. */
  giveUp(): void {
    this.#workers.giveUp()
  }

  #settled(slot: number, event: SlotEvent): Promise<SlotOutcome> {
    return new Promise((resolve) => {
      this.#waiters.set(slot, [...(this.#waiters.get(slot) ?? []), resolve])
      this.#dispatch(slot, event)
    })
  }

  #dispatch(slot: number, event: SlotEvent): void {
    const before = this.slots[slot]
    if (!before) return
    const { spec, clock, random } = this.#options
    const policy = slotPolicy(spec, { joining: this.#slots.isJoining(slot) })
    const siblingServes = this.slots.some((other) => other !== before && isServing(other))
    const { slot: after, actions } = stepSlot(before, event, { policy, nowMs: clock.nowMs(), entropy: random(), siblingServes })
    this.#slots.set(slot, after)
    for (const action of actions) this.#perform(slot, action)
    if (after !== before) this.#tellChange()
  }

  #perform(slot: number, action: SlotAction): void {
    switch (action.type) {
      case 'launch':
        return this.#launch(action.worker, action)
      case 'route':
        return this.#route(action.worker)
      case 'unroute':
        return this.#unroute(action.worker)
      case 'drain':
        return this.#drain(action.worker, action)
      case 'stop':
        return this.#stop(action.worker)
      case 'terminate':
        return this.#terminate(action.worker)
      case 'schedule':
        this.#timers.get(slot)?.()
        this.#timers.set(
          slot,
          this.#options.clock.schedule(action.delayMs, () => this.#dispatch(slot, { type: 'timer', token: action.token })),
        )
        return
      case 'cancel':
        this.#timers.get(slot)?.()
        this.#timers.delete(slot)
        return
      case 'emit':
        return this.#options.emit(action.event)
      case 'settle':
        return this.#settle(slot, action.outcome)
      case 'answer':
        return this.#waiters.get(slot)?.pop()?.(action.outcome)
      default:
        return assertNever(action)
    }
  }

  #settle(slot: number, outcome: SlotOutcome): void {
    const waiters = this.#waiters.get(slot) ?? []
    this.#waiters.delete(slot)
    for (const resolve of waiters) resolve(outcome)
  }

  #launch(id: WorkerId, terms: StartTerms): void {
    const { slot, generation } = id
    const listener = createListener(id, this.#options, {
      worker: () => this.worker(slot, generation),
      learned: (report) => (this.#report = report),
      ended: () => this.#ended(id),
      dispatch: (event) => this.#dispatch(slot, event),
    })
    this.#workers.add(this.#options.launcher.launch(id, listener, { accept: terms.accept }))
  }

  #route(id: WorkerId): void {
    const worker = this.worker(id.slot, id.generation)
    if (!worker) return
    const { slot, generation } = id
    const { routing } = this.#options
    worker
      .accept()
      .then(() => routing.route(worker, this.#report?.kind ?? 'background'))
      .then(
        () => this.#dispatch(slot, { type: 'routed', generation }),
        (error: unknown) => this.#dispatch(slot, { type: 'load-failed', generation, error: toErrorInfo(error) }),
      )
  }

  #unroute(id: WorkerId): void {
    void this.#options.routing.unroute(id).then(() => this.#dispatch(id.slot, { type: 'unrouted', generation: id.generation }))
  }

  #drain(id: WorkerId, { deadlineMs, idleMs }: StopTerms): void {
    const worker = this.worker(id.slot, id.generation)
    if (!worker) return
    const drained = (cut: Cut) => this.#dispatch(id.slot, { type: 'drained', generation: id.generation, cut })
    // No answer: it is blocked, or gone and then its exit follows. What it had under way is cut.
    worker.drain({ deadlineMs, idleMs }).then(
      (report) => drained(report.cut),
      () => drained({ requests: worker.row.inFlight, upgraded: 0 }),
    )
    watchDrain(worker, deadlineMs, () => this.#options.mayKillBlocked() && this.kill(id.slot, id.generation, 'blocked'))
  }

  #stop(id: WorkerId): void {
    const worker = this.worker(id.slot, id.generation)
    // A worker that does not answer is terminated by the slot's timer, and one that is gone reports its exit.
    worker?.stop(this.spec.shutdownMs).catch(() => undefined)
  }

  #terminate(id: WorkerId): void {
    this.#workers.terminate(id, () => {
      this.#options.routing.leave(id)
      this.#options.emit({ type: 'worker.abandoned', worker: id })
      this.#dispatch(id.slot, { type: 'abandoned', generation: id.generation })
    })
  }

  #ended(id: WorkerId): void {
    const wasAbandoned = this.#workers.ended(id)
    this.#options.routing.leave(id)
    if (wasAbandoned) this.#tellChange()
  }
}
