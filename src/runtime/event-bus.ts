import type { Clock } from '../model/clock.ts'
import type { RuntimeEvent, StampedEvent } from '../model/events.ts'
import { History } from './history.ts'

const JOURNAL_LENGTH = 1000

interface Order {
  readonly command: string
  readonly target: string
  readonly progress: (stamped: StampedEvent) => void
}

/** Every event of the runtime: stamped, journalled, told to whoever listens. */
export class EventBus {
  readonly journal = new History<StampedEvent>({ entries: JOURNAL_LENGTH })
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Carries out an operator's order between its two events, and lets whoever gave it hear all that happens meanwhile. */
  async follow<T>({ command, target, progress }: Order, carryOut: () => Promise<T>): Promise<T> {
    const endProgress = this.journal.listen(progress)
    this.emit({ type: 'command.received', command, target })
    let ok = false
    try {
      const result = await carryOut()
      ok = true
      return result
    } finally {
      this.emit({ type: 'command.finished', command, target, ok })
      endProgress()
    }
  }

  readonly emit = (event: RuntimeEvent): void => {
    this.journal.push({ atMs: this.#clock.epochMs(), event })
  }
}
