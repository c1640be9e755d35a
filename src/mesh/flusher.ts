/** Something that holds back what it has to post. */
export interface Flushable {
  flush(): void
}

/**
 * Decides when frames that were sent in one turn leave together: one post per channel instead of one per frame is what
 * makes the mesh fast. The only place that knows when.
 */
export class Flusher {
  #dirty: Flushable[] = []
  readonly #flush = (): void => this.flush()

  mark(dirty: Flushable): void {
    // nextTick and not queueMicrotask: it runs after all microtasks, and so collects what chains of promises send; and not
    // setImmediate: with one request under way, that would cost it a turn of the loop.
    if (this.#dirty.push(dirty) === 1) process.nextTick(this.#flush)
  }

  /** Posts everything now. */
  flush(): void {
    const dirty = this.#dirty
    if (dirty.length === 0) return
    this.#dirty = []
    for (const each of dirty) each.flush()
  }
}
