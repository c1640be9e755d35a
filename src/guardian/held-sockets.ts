import type { ChildProcess } from 'node:child_process'
import type { ToRuntime } from './messages.ts'

/** A listening socket, as Node's IPC hands it over; the guardian never accepts from it. */
interface Handle {
  close(): void
}

/**
 * Duplicates of the entrypoint's sockets. While one of them is open the kernel completes connections and keeps them in its queue,
 * so that those who come while there is no runtime wait for the next one and are not refused.
 */
export class HeldSockets {
  readonly #handles = new Map<number, Handle>()

  get size(): number {
    return this.#handles.size
  }

  keep(key: number, handle: unknown): void {
    this.drop(key)
    if (isHandle(handle)) this.#handles.set(key, handle)
  }

  drop(key: number): void {
    this.#handles.get(key)?.close()
    this.#handles.delete(key)
  }

  /** A runtime that dies meanwhile ends as any other: nothing to do about a failed message. */
  handTo(runtime: ChildProcess): void {
    for (const [key, handle] of this.#handles) {
      const message: ToRuntime = { type: 'socket', key }
      runtime.send(message, handle as never, { keepOpen: true }, () => {})
    }
  }
}

function isHandle(value: unknown): value is Handle {
  return typeof value === 'object' && value !== null && 'close' in value && typeof value.close === 'function'
}
