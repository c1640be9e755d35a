import { serviceId } from '../../src/model/ids.ts'
import type { RestartSpec } from '../../src/model/spec.ts'
import { emptySlot, type Slot, type SlotAction, type SlotEvent } from '../../src/supervision/slot.ts'
import { stepSlot } from '../../src/supervision/slot-machine.ts'
import { restartSpec } from './specs.ts'

/** Plays events into one slot and remembers what it ordered. */
export class SlotDriver {
  slot: Slot = emptySlot({ service: serviceId('auth'), slot: 0 })
  nowMs = 0
  readonly actions: SlotAction[] = []
  readonly #restart: RestartSpec
  startTimeoutMs = 30_000
  settleMs = 0
  siblingServes = false

  readonly #isOneshot: boolean

  constructor(restart: Partial<RestartSpec> = {}, { isOneshot = false }: { readonly isOneshot?: boolean } = {}) {
    this.#restart = restartSpec({ jitter: 0, ...restart })
    this.#isOneshot = isOneshot
  }

  /** The actions of this event alone. */
  send(event: SlotEvent): readonly SlotAction[] {
    const policy = {
      isOneshot: this.#isOneshot,
      restart: this.#restart,
      startTimeoutMs: this.startTimeoutMs,
      shutdownMs: 10_000,
      settleMs: this.settleMs,
    }
    const { slot, actions } = stepSlot(this.slot, event, { policy, nowMs: this.nowMs, entropy: 0.5, siblingServes: this.siblingServes })
    this.slot = slot
    this.actions.push(...actions)
    return actions
  }

  /** The slot's timer fires. */
  timer(): readonly SlotAction[] {
    return this.send({ type: 'timer', token: this.slot.timer })
  }

  /** Everything a worker needs to become ready. */
  becomesReady(generation = this.slot.generation): void {
    this.send({ type: 'loaded', generation, url: null })
    this.send({ type: 'routed', generation })
  }

  exits(generation = this.slot.generation, code = 1): readonly SlotAction[] {
    return this.send({ type: 'exited', generation, code, error: null })
  }

  /** A slot with a ready worker of generation 1. */
  static ready(restart: Partial<RestartSpec> = {}): SlotDriver {
    const driver = new SlotDriver(restart)
    driver.send({ type: 'start' })
    driver.becomesReady()
    return driver
  }
}

/** `launch 2`, `drain 1`, `emit worker.exited` …: what a test compares. */
export function brief(actions: readonly SlotAction[]): readonly string[] {
  return actions.map((action) => {
    if (action.type === 'emit') return `emit ${action.event.type}`
    if (action.type === 'settle' || action.type === 'answer') return `${action.type} ${action.outcome.kind}`
    return 'worker' in action ? `${action.type} ${action.worker.generation}` : action.type
  })
}
