import { MeshrtError } from '../errors/meshrt-error.ts'
import type { ServiceId } from '../model/ids.ts'

/** One operation at a time per service. The same one on the same service joins the running one; another is refused. */
export class Operations {
  readonly #running = new Map<ServiceId, { readonly name: string; readonly done: Promise<unknown> }>()

  isBusy(service: ServiceId): boolean {
    return this.#running.has(service)
  }

  /** One that is at work on several services counts once. */
  get count(): number {
    return new Set([...this.#running.values()].map(({ done }) => done)).size
  }

  /** Resolves when nothing runs on the service. */
  async whenIdle(service: ServiceId): Promise<void> {
    for (let running = this.#running.get(service); running; running = this.#running.get(service)) await running.done.catch(() => undefined)
  }

  /** Resolves when nothing runs on any service. */
  async whenAllIdle(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled([...this.#running.values()].map(({ done }) => done))
  }

  /** @throws MeshrtError MESHRT_BUSY when another operation is running on the service. */
  async run<T>(service: ServiceId, name: string, operation: () => Promise<T>): Promise<T> {
    const running = this.#running.get(service)
    // The names are equal, and so are the types of what the operations return.
    if (running?.name === name) return running.done as Promise<T>
    if (running) throw new MeshrtError('MESHRT_BUSY', `Cannot begin the ${name} of "${service}": its ${running.name} is still running`)
    const done = operation().finally(() => this.#running.delete(service))
    this.#running.set(service, { name, done })
    return done
  }

  /**
   * One operation on several services, or on none of them.
   * @throws MeshrtError MESHRT_BUSY when any operation is running on one of the services.
   */
  async runTogether<T>(services: readonly ServiceId[], name: string, operation: () => Promise<T>): Promise<T> {
    for (const service of services) {
      const running = this.#running.get(service)
      if (running) throw new MeshrtError('MESHRT_BUSY', `Cannot begin the ${name}: the ${running.name} of "${service}" is still running`)
    }
    const done = operation().finally(() => services.forEach((service) => this.#running.delete(service)))
    for (const service of services) this.#running.set(service, { name, done })
    return done
  }
}
