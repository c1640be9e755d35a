import type { StampedEvent } from '../model/events.ts'
import type { Exit } from '../model/exit.ts'
import { formatSlotId, type SlotId, type WorkerId } from '../model/ids.ts'
import { MESH_COUNTERS, NO_MESH_COUNTS, type MeshCounter, type MeshCounts } from '../model/worker-row.ts'

/** What is counted over all workers that a slot has had. */
export interface SlotTally {
  readonly requests: number
  readonly mesh: MeshCounts
  readonly exits: ReadonlyMap<string, number>
}

/** The counters that a worker itself writes, as a `WorkerRow` has them: they wrap at 32 bits. */
export interface Counts {
  readonly requests: number
  readonly mesh: MeshCounts
}

interface Counted {
  readonly row: () => Counts
  /** At the last reading. */
  seen: Counts
}

interface Totals {
  requests: number
  readonly mesh: Record<MeshCounter, number>
  readonly exits: Map<string, number>
  /** By generation: two of them during a replacement. */
  readonly live: Map<number, Counted>
}

const NOTHING: Counts = { requests: 0, mesh: NO_MESH_COUNTS }

/** Counts on where a worker's own counters end with it, so that a slot's never go back. */
export class Tally {
  readonly #rowOf: (worker: WorkerId) => (() => Counts) | null
  readonly #slots = new Map<string, Totals>()

  /** @param rowOf the counters of a worker that has just been launched; they can be read after its end, too */
  constructor(rowOf: (worker: WorkerId) => (() => Counts) | null) {
    this.#rowOf = rowOf
  }

  hear({ event }: StampedEvent): void {
    if (event.type !== 'worker.launched' && event.type !== 'worker.exited') return
    const totals = this.#totals(event.worker)
    const { generation } = event.worker
    if (event.type === 'worker.launched') {
      const row = this.#rowOf(event.worker)
      if (row) totals.live.set(generation, { row, seen: NOTHING })
      return
    }
    const cause = causeOf(event.exit)
    totals.exits.set(cause, (totals.exits.get(cause) ?? 0) + 1)
    readInto(totals, totals.live.get(generation))
    totals.live.delete(generation)
  }

  /** Up to this moment. */
  of(slot: SlotId): SlotTally {
    const totals = this.#totals(slot)
    for (const counted of totals.live.values()) readInto(totals, counted)
    return { requests: totals.requests, mesh: { ...totals.mesh }, exits: new Map(totals.exits) }
  }

  /** Forgets the slots that are no more. */
  keepOnly(slots: readonly SlotId[]): void {
    const kept = new Set(slots.map(formatSlotId))
    for (const key of this.#slots.keys()) if (!kept.has(key)) this.#slots.delete(key)
  }

  #totals(slot: SlotId): Totals {
    const key = formatSlotId(slot)
    const known = this.#slots.get(key)
    if (known) return known
    const fresh: Totals = { requests: 0, mesh: { ...NO_MESH_COUNTS }, exits: new Map(), live: new Map() }
    this.#slots.set(key, fresh)
    return fresh
  }
}

/** Adds what has come since the last reading, wrap-around included. */
function readInto(totals: Totals, counted: Counted | undefined): void {
  if (!counted) return
  const now = counted.row()
  totals.requests += difference(counted.seen.requests, now.requests)
  for (const action of MESH_COUNTERS) totals.mesh[action] += difference(counted.seen.mesh[action], now.mesh[action])
  counted.seen = now
}

function difference(before: number, after: number): number {
  return (after - before) >>> 0
}

/** `killed-blocked`: few enough for a label. */
function causeOf(exit: Exit): string {
  return exit.kind === 'killed' ? `killed-${exit.reason}` : exit.kind
}
