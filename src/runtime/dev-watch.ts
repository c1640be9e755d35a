import type { Clock } from '../model/clock.ts'
import type { Emit } from '../model/events.ts'
import type { ServiceId } from '../model/ids.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import type { Watcher } from '../watch/watcher.ts'
import { Reloader } from './reloader.ts'

/** The runtime file has been read so long before at the most. Saved since then, it is read once more, which shows whether it is another. */
const LOADING_MS = 2000

export interface DevWatchOptions {
  readonly spec: RuntimeSpec
  readonly clock: Clock
  readonly emit: Emit
  /** Must not reject. */
  readonly reload: (service: ServiceId) => Promise<void>
  /** Must not reject. */
  readonly reloadFile: () => Promise<void>
}

/** Development mode: files change, services reload; the runtime file changes, and its plan is carried out. The watching library is loaded only here. */
export class DevWatch {
  readonly #options: DevWatchOptions
  readonly #reloader: Reloader<ServiceId | 'file'>
  readonly #early = new Map<ServiceId, readonly string[]>()
  readonly #createdAtMs: number
  #spec: RuntimeSpec
  #watcher: Watcher | null = null

  constructor(options: DevWatchOptions) {
    this.#options = options
    this.#spec = options.spec
    this.#createdAtMs = options.clock.epochMs()
    this.#reloader = new Reloader((what) => (what === 'file' ? options.reloadFile() : options.reload(what)))
  }

  async start(): Promise<void> {
    const { Watcher } = await import('../watch/watcher.ts')
    const { clock, emit } = this.#options
    this.#watcher = new Watcher({
      services: this.#spec.services,
      runtimeFile: this.#spec.file,
      unreadBeforeMs: this.#createdAtMs - LOADING_MS,
      clock,
      onChange: (service, files) => {
        emit({ type: 'watch.changed', service, files })
        void this.#reloader.request(service ?? 'file')
      },
      onError: (error) => emit({ type: 'watch.failed', message: error.message }),
    })
    for (const [service, files] of this.#early) this.#watcher.addLoaded(service, files)
    this.#early.clear()
    await this.#watcher.start()
  }

  /** Watches what the services of this spec are watched for. */
  follow(spec: RuntimeSpec): void {
    this.#spec = spec
    this.#watcher?.follow(spec.services)
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
