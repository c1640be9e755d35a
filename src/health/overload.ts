/** What there is to tell a worker that is wedged from one that has too much to do. */
export interface Company {
  /** Busy share of its own loop: since the last check or of late, whichever is more. */
  readonly elu: number
  /** Of every sibling that gets requests, whether callers have found it stuck of late. */
  readonly stuck: readonly boolean[]
}

/** A loop with less to do than this has the time to take what it is sent. */
const BUSY_ABOVE_ELU = 0.9

/**
 * A busy loop that turns, and does not take a request for a while, has requests queueing before it. That is load while as many of its siblings
 * are no better off, and while there are none to compare it with: a new worker would have the same queue.
 */
export function isOverload({ elu, stuck }: Company): boolean {
  return elu >= BUSY_ABOVE_ELU && stuck.filter(Boolean).length * 2 >= stuck.length
}
