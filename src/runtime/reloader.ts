/**
 * Reloads things one at a time each: a change during a reload leads to exactly one more, however many there were.
 * `reload` must not reject.
 */
export class Reloader<What> {
  readonly #reload: (what: What) => Promise<void>
  readonly #running = new Map<What, { again: boolean; done: Promise<void> }>()

  constructor(reload: (what: What) => Promise<void>) {
    this.#reload = reload
  }

  /** Resolves when it has been loaded again after this call. */
  request(what: What): Promise<void> {
    const running = this.#running.get(what)
    if (running) {
      running.again = true
      return running.done
    }
    const entry = { again: false, done: Promise.resolve() }
    this.#running.set(what, entry)
    entry.done = this.#run(what, entry)
    return entry.done
  }

  async #run(what: What, entry: { again: boolean }): Promise<void> {
    do {
      entry.again = false
      await this.#reload(what)
    } while (entry.again)
    this.#running.delete(what)
  }
}
