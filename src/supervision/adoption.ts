import type { Slot } from './slot.ts'
import { isServing } from './service-state.ts'

/** A worker that accepts from the socket of a slot that nobody serves. */
export interface Adoption {
  readonly orphan: number
  readonly by: { readonly slot: number; readonly generation: number }
}

/**
 * Every slot of the entrypoint has a listening socket that outlives its workers, so connections keep arriving at slots
 * whose worker is gone or stuck. Each such socket is adopted by the ready sibling that has adopted the fewest.
 * Returns the adoptions that are to be added to `held`; those whose adopter is gone no longer count.
 */
export function planAdoptions(
  slots: readonly Slot[],
  { held, stuck }: { readonly held: readonly Adoption[]; readonly stuck: ReadonlySet<number> },
): readonly Adoption[] {
  const ready = slots.flatMap(({ id, phase }) =>
    phase.kind === 'ready' && !stuck.has(id.slot) ? [{ slot: id.slot, generation: phase.worker.generation }] : [],
  )
  const added: Adoption[] = []
  for (const slot of slots) {
    const orphan = slot.id.slot
    if (!isOrphaned(slot) && !stuck.has(orphan)) continue
    const valid = [...held, ...added].filter(({ by }) => ready.some((one) => one.slot === by.slot && one.generation === by.generation))
    if (valid.some((adoption) => adoption.orphan === orphan)) continue
    const load = (by: Adoption['by']) => valid.filter((adoption) => adoption.by.slot === by.slot).length
    const by = [...ready].sort((a, b) => load(a) - load(b))[0]
    if (by) added.push({ orphan, by })
  }
  return added
}

/** Its socket has been listened on, and now nobody does: a slot that has not served yet has nothing to lose. */
function isOrphaned(slot: Slot): boolean {
  return slot.lastExit !== null && slot.generation > 0 && !isServing(slot) && slot.phase.kind !== 'draining'
}
