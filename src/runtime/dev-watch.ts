import type { Clock } from '../model/clock.ts'
import type { Emit } from '../model/events.ts'
import type { ServiceId } from '../model/ids.ts'
import type { ServiceSpec } from '../model/spec.ts'
import type { Watcher } from '../watch/watcher.ts'
import { Reloader } from './reloader.ts'

export interface DevWatchOptions {
  readonly services: readonly ServiceSpec[]
  readonly clock: Clock
  readonly emit: Emit
  /** Must not reject. */
  readonly reload: (service: ServiceId) => Promise<void>
}

/** Development mode: files change, services reload. The watching library is loaded only here. */
export class DevWatch {
  readonly #options: DevWatchOptions
  readonly #reloader: Reloader
  readonly #early = new Map<ServiceId, readonly string[]>()
  #watcher: Watcher | null = null

  constructor(options: DevWatchOptions) {
    this.#options = options
    this.#reloader = new Reloader(options.reload)
  }

  async start(): Promise<void> {
    const { Watcher } = await import('../watch/watcher.ts')
    const { services, clock, emit } = this.#options
    this.#watcher = new Watcher({
      services,
      clock,
      onChange: (service, files) => {
        emit({ type: 'watch.changed', service, files })
        void this.#reloader.request(service)
      },
      onError: (error) => emit({ type: 'watch.failed', message: error.message }),
    })
    for (const [service, files] of this.#early) this.#watcher.addLoaded(service, files)
    this.#early.clear()
    await this.#watcher.start()
  }

  request(service: ServiceId): Promise<void> {
    return this.#reloader.request(service)
  }

  addLoaded(service: ServiceId, files: readonly string[]): void {
    if (this.#watcher) this.#watcher.addLoaded(service, files)
    else this.#early.set(service, [...(this.#early.get(service) ?? []), ...files])
  }

  async close(): Promise<void> {
    await this.#watcher?.close()
  }
}
