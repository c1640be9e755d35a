import type { Clock } from '../model/clock.ts'
import type { RuntimeEvent, StampedEvent } from '../model/events.ts'
import { History } from './history.ts'

const JOURNAL_LENGTH = 1000

/** Every event of the runtime: stamped, journalled, told to whoever listens. */
export class EventBus {
  readonly journal = new History<StampedEvent>({ entries: JOURNAL_LENGTH })
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  readonly emit = (event: RuntimeEvent): void => {
    this.journal.push({ atMs: this.#clock.epochMs(), event })
  }
}
