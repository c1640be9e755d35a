import type { ExitRecord } from '../../model/description.ts'
import type { StampedEvent } from '../../model/events.ts'
import type { Exit } from '../../model/exit.ts'
import { formatWorkerId, type ServiceId } from '../../model/ids.ts'
import type { LastLines } from '../failure-cause.ts'

const KEPT = 10

/** The last exits of each service that nobody had asked for, with what those workers said before. Bounded, however often they crash. */
export class ExitLedger {
  readonly #lastLines: LastLines
  readonly #records = new Map<ServiceId, readonly ExitRecord[]>()

  constructor(lastLines: LastLines) {
    this.#lastLines = lastLines
  }

  hear({ atMs, event }: StampedEvent): void {
    if (event.type !== 'worker.exited' || !wasUnasked(event.exit)) return
    const { worker, exit, uptimeMs } = event
    // Taken now: in a crash loop the lines are soon pushed out of the history of all output.
    const record = { at: atMs, worker: formatWorkerId(worker), exit, uptimeMs, lastLines: this.#lastLines(worker) }
    this.#records.set(worker.service, [record, ...this.of(worker.service)].slice(0, KEPT))
  }

  /** The newest first. */
  of(service: ServiceId): readonly ExitRecord[] {
    return this.#records.get(service) ?? []
  }
}

function wasUnasked(exit: Exit): boolean {
  switch (exit.kind) {
    case 'stopped':
      return false
    case 'killed':
      return exit.reason !== 'superseded' && exit.reason !== 'forced'
    case 'completed':
    case 'crashed':
    case 'out-of-memory':
      return true
  }
}
