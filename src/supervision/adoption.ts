import { isServing, servingWorker } from './serving.ts'
import type { Slot } from './slot.ts'

/** A worker that accepts from the socket of a slot that nobody serves. */
export interface Adoption {
  readonly orphan: number
  readonly by: { readonly slot: number; readonly generation: number }
}

export interface Sockets {
  /** Slots 0 to n-1 are to be there; a socket beyond them has lost its slot, or is about to. */
  readonly size: number
  /** Slots that have a socket, which listens until the end. Some have never been there: they are an earlier runtime's. */
  readonly opened: Iterable<number>
  readonly held: readonly Adoption[]
  /** Slots whose worker does not turn its loop. */
  readonly stuck: ReadonlySet<number>
}

export interface AdoptionPlan {
  readonly held: readonly Adoption[]
  /** Those of `held` that are to begin. */
  readonly added: readonly Adoption[]
  /** Those that are to end, because the slot is served again, or the one that has adopted it serves no more. */
  readonly released: readonly Adoption[]
}

/**
 * Every slot of the entrypoint has a listening socket that outlives its workers, and even the slot, so connections keep arriving where
 * the worker is gone, stuck or on its way out. Each such socket is adopted by the serving sibling that has adopted the fewest.
 */
export function planAdoptions(slots: readonly Slot[], { size, opened, held, stuck }: Sockets): AdoptionPlan {
  const serving = slots.flatMap((slot) => {
    const worker = servingWorker(slot)
    return worker && slot.id.slot < size && !stuck.has(slot.id.slot) ? [{ slot: slot.id.slot, generation: worker.generation }] : []
  })
  const serves = (by: Adoption['by']): boolean => serving.some((one) => one.slot === by.slot && one.generation === by.generation)
  const valid = held.filter(({ orphan, by }) => serves(by) && !serving.some(({ slot }) => slot === orphan))
  const released = held.filter((adoption) => !valid.includes(adoption))
  const added: Adoption[] = []
  for (const orphan of opened) {
    const slot = slots.find(({ id }) => id.slot === orphan)
    if (slot && orphan < size && !isOrphaned(slot) && !stuck.has(orphan)) continue
    const taken = [...valid, ...added]
    if (taken.some((adoption) => adoption.orphan === orphan)) continue
    const load = (by: Adoption['by']) => taken.filter((adoption) => adoption.by.slot === by.slot).length
    const by = serving.filter((one) => one.slot !== orphan).sort((a, b) => load(a) - load(b))[0]
    if (by) added.push({ orphan, by })
  }
  return { held: [...valid, ...added], added, released }
}

/** Its socket has been listened on, and now nobody does: a slot that has not served yet has nothing to lose. */
function isOrphaned(slot: Slot): boolean {
  if (isServing(slot)) return false
  return slot.phase.kind === 'draining' || slot.phase.kind === 'replacing' || slot.lastExit !== null
}
