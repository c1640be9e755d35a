import type { ServiceId } from '../model/ids.ts'

/**
 * Reloads services one at a time each: a change during a reload leads to exactly one more, however many there were.
 * `reload` must not reject.
 */
export class Reloader {
  readonly #reload: (service: ServiceId) => Promise<void>
  readonly #running = new Map<ServiceId, { again: boolean; done: Promise<void> }>()

  constructor(reload: (service: ServiceId) => Promise<void>) {
    this.#reload = reload
  }

  /** Resolves when the service has been loaded again after this call. */
  request(service: ServiceId): Promise<void> {
    const running = this.#running.get(service)
    if (running) {
      running.again = true
      return running.done
    }
    const entry = { again: false, done: Promise.resolve() }
    this.#running.set(service, entry)
    entry.done = this.#run(service, entry)
    return entry.done
  }

  async #run(service: ServiceId, entry: { again: boolean }): Promise<void> {
    do {
      entry.again = false
      await this.#reload(service)
    } while (entry.again)
    this.#running.delete(service)
  }
}
