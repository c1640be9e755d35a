import type { Incarnation, ReadyWorker, Slot } from './slot.ts'

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

/** The worker that serves, or else the one that is on its way in, or out when nobody follows it. */
export function presentWorker(slot: Slot): Incarnation | null {
  const { phase } = slot
  switch (phase.kind) {
    case 'starting':
    case 'ready':
      return phase.worker
    case 'replacing':
      return servingWorker(slot) ?? phase.progress.next
    case 'draining':
      return phase.leaving[0]?.worker ?? null
    case 'empty':
    case 'backoff':
    case 'stopped':
    case 'completed':
    case 'quarantined':
      return null
  }
}

/** The worker that is on its way in, and serves nobody yet. */
export function arrivingWorker({ phase }: Slot): Incarnation | null {
  if (phase.kind === 'starting') return phase.worker
  return phase.kind === 'replacing' && phase.progress.kind === 'arriving' ? phase.progress.next : null
}

export function isServing(slot: Slot): boolean {
  return servingWorker(slot) !== null
}
