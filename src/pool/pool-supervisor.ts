import { assertNever } from '../model/assert-never.ts'
import type { Clock } from '../model/clock.ts'
import type { Cut } from '../model/cut.ts'
import type { Emit, ReplaceReason } from '../model/events.ts'
import type { KillReason } from '../model/exit.ts'
import { toErrorInfo } from '../model/failure.ts'
import type { WorkerId } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import type { ServiceSpec } from '../model/spec.ts'
import { emptySlot, type Slot, type SlotAction, type SlotEvent, type SlotOutcome, type StopTerms } from '../supervision/slot.ts'
import { stepSlot } from '../supervision/slot-machine.ts'
import type { StartReport } from '../itc/protocol.ts'
import type { Launcher, WorkerHandle, WorkerListener } from './launcher.ts'
import type { Routing } from './routing.ts'

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
  /** After every change of a slot. */
  readonly onChange: () => void
}

/** How long a terminated worker may take to end before it is given up. */
const ABANDON_AFTER_MS = 2000

/** The slots of one service: has the slot machine decide, and does what it says. */
export class PoolSupervisor {
  readonly #options: PoolOptions
  readonly #slots: Slot[]
  readonly #timers = new Map<number, () => void>()
  readonly #workers = new Map<string, WorkerHandle>()
  /** Terminated, and not gone yet. */
  readonly #ending = new Map<string, { readonly abandon: () => void; readonly cancel: () => void }>()
  readonly #waiters = new Map<number, ((outcome: SlotOutcome) => void)[]>()
  readonly #abandoned: WorkerId[] = []
  #report: StartReport | null = null

  constructor(options: PoolOptions) {
    const { id, workers } = options.spec
    this.#options = options
    this.#slots = Array.from({ length: workers }, (_, slot) => emptySlot({ service: id, slot }))
  }

  get spec(): ServiceSpec {
    return this.#options.spec
  }

  get slots(): readonly Slot[] {
    return this.#slots
  }

  /** Workers that outlived their termination. */
  get abandoned(): readonly WorkerId[] {
    return this.#abandoned
  }

  /** What the service turned out to be; null before its first worker has loaded. */
  get report(): StartReport | null {
    return this.#report
  }

  worker(slot: number, generation: number): WorkerHandle | undefined {
    return this.#workers.get(key(slot, generation))
  }

  /** Starts every slot; settles when each is ready, quarantined, completed or stopped. */
  start(): Promise<readonly SlotOutcome[]> {
    return Promise.all(this.#slots.map(({ id }) => this.#settled(id.slot, { type: 'start' })))
  }

  /** Replaces the slot's worker by a new one, or starts one where there is none. */
  replace(slot: number, reason: ReplaceReason): Promise<SlotOutcome> {
    return this.#settled(slot, { type: 'replace', reason })
  }

  kill(slot: number, generation: number, reason: KillReason): void {
    this.#dispatch(slot, { type: 'kill', generation, reason })
  }

  /** Settles when no worker is left, or all that are left have been given up. */
  async stop(terms: StopTerms): Promise<void> {
    await Promise.all(this.#slots.map(({ id }) => this.#settled(id.slot, { type: 'stop', ...terms })))
  }

  /** Ends every worker by force, at once and for good. */
  force(): void {
    for (const { id } of this.#slots) this.#dispatch(id.slot, { type: 'stop', deadlineMs: 0, idleMs: 0 })
    for (const { id } of this.#workers.values()) this.#dispatch(id.slot, { type: 'kill', generation: id.generation, reason: 'forced' })
  }

  /** Abandons what has been terminated and is still there: nobody can wait for it any longer. */
  giveUp(): void {
    for (const { abandon } of this.#ending.values()) abandon()
  }

  #settled(slot: number, event: SlotEvent): Promise<SlotOutcome> {
    return new Promise((resolve) => {
      const waiters = this.#waiters.get(slot) ?? []
      this.#waiters.set(slot, [...waiters, resolve])
      this.#dispatch(slot, event)
    })
  }

  #dispatch(slot: number, event: SlotEvent): void {
    const before = this.#slots[slot]
    if (!before) return
    const { spec, clock, random } = this.#options
    const { restart, startTimeoutMs, shutdownMs } = spec
    const policy = { isOneshot: spec.type === 'oneshot', restart, startTimeoutMs, shutdownMs }
    const { slot: after, actions } = stepSlot(before, event, { policy, nowMs: clock.nowMs(), entropy: random() })
    this.#slots[slot] = after
    for (const action of actions) this.#perform(slot, action)
    if (after !== before) this.#options.onChange()
  }

  #perform(slot: number, action: SlotAction): void {
    switch (action.type) {
      case 'launch':
        return this.#launch(action.worker)
      case 'route':
        return this.#route(action.worker)
      case 'unroute':
        return this.#answer(this.#options.routing.unroute(action.worker), {
          slot,
          event: { type: 'unrouted', generation: action.worker.generation },
        })
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
      default:
        return assertNever(action)
    }
  }

  #settle(slot: number, outcome: SlotOutcome): void {
    const waiters = this.#waiters.get(slot) ?? []
    this.#waiters.delete(slot)
    for (const resolve of waiters) resolve(outcome)
  }

  #launch(id: WorkerId): void {
    const worker = this.#options.launcher.launch(id, this.#listener(id))
    this.#workers.set(key(id.slot, id.generation), worker)
  }

  #listener(id: WorkerId): WorkerListener {
    const { routing, emit, onOutput, onFiles } = this.#options
    const { slot, generation } = id
    return {
      initialised: () => {
        const worker = this.worker(slot, generation)
        if (worker) routing.join(worker)
      },
      loaded: (report) => {
        this.#report = report
        for (const message of report.warnings) emit({ type: 'worker.warned', worker: id, message })
        this.#dispatch(slot, { type: 'loaded', generation, url: report.address ? formatUrl(report.address) : null })
      },
      loadFailed: (error) => this.#dispatch(slot, { type: 'load-failed', generation, error: toErrorInfo(error) }),
      exited: ({ code, error }) => {
        this.#forget(id)
        this.#dispatch(slot, { type: 'exited', generation, code, error: error === null ? null : toErrorInfo(error) })
      },
      output: onOutput,
      mesh: (message) => routing.receive(id, message),
      changed: onFiles,
      warned: (message) => emit({ type: 'worker.warned', worker: id, message }),
    }
  }

  #route(id: WorkerId): void {
    const worker = this.worker(id.slot, id.generation)
    const routed = { slot: id.slot, event: { type: 'routed', generation: id.generation } } as const
    if (worker) this.#answer(this.#options.routing.route(worker, this.#report?.kind ?? 'background'), routed)
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
  }

  #stop(id: WorkerId): void {
    const worker = this.worker(id.slot, id.generation)
    // A worker that does not answer is terminated by the slot's timer, and one that is gone reports its exit.
    worker?.stop(this.spec.shutdownMs).catch(() => undefined)
  }

  #terminate(id: WorkerId): void {
    const worker = this.worker(id.slot, id.generation)
    if (!worker) return
    worker.terminate()
    const abandon = () => {
      this.#abandoned.push(id)
      this.#forget(id)
      this.#options.emit({ type: 'worker.abandoned', worker: id })
      this.#dispatch(id.slot, { type: 'abandoned', generation: id.generation })
    }
    const cancel = this.#options.clock.schedule(ABANDON_AFTER_MS, abandon)
    this.#ending.set(key(id.slot, id.generation), { abandon, cancel })
  }

  #forget(id: WorkerId): void {
    const worker = key(id.slot, id.generation)
    this.#workers.delete(worker)
    this.#ending.get(worker)?.cancel()
    this.#ending.delete(worker)
    this.#options.routing.leave(id)
  }

  #answer(done: Promise<void>, { slot, event }: { readonly slot: number; readonly event: SlotEvent }): void {
    void done.then(() => this.#dispatch(slot, event))
  }
}

function key(slot: number, generation: number): string {
  return `${slot}#${generation}`
}

/** `http://127.0.0.1:3000`, with brackets around an IPv6 address. */
function formatUrl({ hostname, port }: { readonly hostname: string; readonly port: number }): string {
  return `http://${hostname.includes(':') ? `[${hostname}]` : hostname}:${port}`
}
