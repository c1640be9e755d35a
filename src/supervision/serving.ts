import type { ReadyWorker, Slot } from './slot.ts'

/**
 * The worker of a slot that answers requests, and therefore the one that its health, its socket and its state are about: during a
 * replacement the old one until the new one has taken over, and nobody when the old one was killed before that.
 */
export function servingWorker({ phase }: Slot): ReadyWorker | null {
  if (phase.kind === 'ready') return phase.worker
  if (phase.kind !== 'replacing') return null
  if (phase.progress.kind === 'retiring') return phase.progress.next
  return phase.oldKilled ? null : phase.old
}

export function isServing(slot: Slot): boolean {
  return servingWorker(slot) !== null
}
