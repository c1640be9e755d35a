import { stat } from 'node:fs/promises'
import { watch, type FSWatcher } from 'chokidar'
import type { Clock } from '../model/clock.ts'
import type { ServiceId } from '../model/ids.ts'
import type { ServiceSpec } from '../model/spec.ts'
import { affectedServices, isIgnored, isLeftOut, isWithin } from './affected-services.ts'
import { ChangeBatch } from './change-batch.ts'

export interface WatcherOptions {
  readonly services: readonly ServiceSpec[]
  /** Changes of it concern no service, wherever it lies. */
  readonly runtimeFile: string
  /** When it was surely not read yet, since the epoch: written later, it may have been read before that. */
  readonly unreadBeforeMs: number
  readonly clock: Clock
  /** Null = the runtime file itself. */
  readonly onChange: (service: ServiceId | null, files: readonly string[]) => void
  readonly onError: (error: Error) => void
}

/** Watches the files of services that have `watch` enabled, and tells which services a burst of changes concerns. */
export class Watcher {
  readonly #options: WatcherOptions
  readonly #loaded = new Map<ServiceId, Set<string>>()
  readonly #batch: ChangeBatch
  #services: readonly ServiceSpec[]
  #files: FSWatcher | null = null

  constructor(options: WatcherOptions) {
    this.#options = options
    this.#services = watchedOf(options.services)
    this.#batch = new ChangeBatch(options.clock, (files) => this.#report(files))
  }

  /** Resolves when changes are seen from now on. */
  async start(): Promise<void> {
    const files = watch([this.#options.runtimeFile, ...this.#paths], {
      ignoreInitial: true,
      atomic: true,
      ignored: (path) => this.#isIgnored(path),
    })
    this.#files = files
    files.on('all', (kind, path) => {
      if (kind !== 'addDir' && kind !== 'unlinkDir') this.#batch.add(path)
    })
    files.on('error', (error) => this.#options.onError(error instanceof Error ? error : new Error(String(error))))
    await new Promise<void>((resolve) => files.once('ready', resolve))
    if (await this.#isRuntimeFileNewer()) this.#batch.add(this.#options.runtimeFile)
  }

  /** Other services from now on, or the same with other paths. */
  follow(services: readonly ServiceSpec[]): void {
    this.#services = watchedOf(services)
    // What nobody watches any more concerns nobody.
    this.#files?.add([...this.#paths])
  }

  get #paths(): readonly string[] {
    return this.#services.flatMap((service) => service.watch.paths)
  }

  /** Files that a service has loaded: those outside its watched folders are watched too. */
  addLoaded(service: ServiceId, files: readonly string[]): void {
    const known = this.#loaded.get(service) ?? new Set()
    this.#loaded.set(service, known)
    const fresh = files.filter((file) => !known.has(file))
    for (const file of fresh) known.add(file)
    this.#files?.add(fresh.filter((file) => !this.#services.some((spec) => spec.watch.paths.some((path) => isWithin(path, file)))))
  }

  async close(): Promise<void> {
    this.#batch.close()
    await this.#files?.close()
  }

  /** It may have been saved while nobody watched. */
  async #isRuntimeFileNewer(): Promise<boolean> {
    const { runtimeFile, unreadBeforeMs } = this.#options
    try {
      return (await stat(runtimeFile)).mtimeMs > unreadBeforeMs
    } catch {
      // A file that is gone is no reason to change anything.
      return false
    }
  }

  #isIgnored(path: string): boolean {
    if (path === this.#options.runtimeFile) return false
    if ([...this.#loaded.values()].some((files) => files.has(path))) return false
    const watching = this.#services.filter((spec) => spec.watch.paths.some((folder) => isWithin(folder, path) && !isIgnored(path, folder)))
    return watching.every((spec) => isLeftOut(spec, path))
  }

  #report(changed: readonly string[]): void {
    const { runtimeFile } = this.#options
    if (changed.includes(runtimeFile)) this.#options.onChange(null, [runtimeFile])
    const files = changed.filter((file) => file !== runtimeFile)
    const services = this.#services.map((spec) => ({ spec, loaded: this.#loaded.get(spec.id) ?? new Set<string>() }))
    for (const [service, own] of affectedServices(services, files)) this.#options.onChange(service, own)
  }
}

function watchedOf(services: readonly ServiceSpec[]): readonly ServiceSpec[] {
  return services.filter((service) => service.watch.enabled)
}
