import type { Clock } from '../model/clock.ts'
import type { SocketHandle } from './bound-socket.ts'
import { EchoHelper } from './echo-helper.ts'

/** Duplicates made per socket and helper process, so that most generations need none. */
const COPIES = 4
/** A stock this low is refilled before somebody has to wait. */
const LOW = 1

/** Descriptors of one socket to give away, and the wrappers of those that were. */
interface Shelf {
  readonly socket: SocketHandle
  readonly free: SocketHandle[]
}

/**
 * Gives away descriptors of bound sockets, each exactly once: a number that two threads use ends the whole process (libuv
 * asserts). A wrapper whose descriptor was given away is neither closed (the number may be somebody else's by then) nor dropped.
 */
export class DescriptorStock {
  readonly #clock: Clock
  readonly #shelves = new Map<number, Shelf>()
  /** Of a descriptor that has since been closed and whose number is another's now; kept, because a wrapper that is dropped closes its number. */
  readonly #outlived: SocketHandle[] = []
  /** By their descriptor. */
  readonly #given = new Map<number, { readonly key: number; readonly handle: SocketHandle }>()
  readonly #abort = new AbortController()
  #refill: Promise<void> | null = null
  #helper: EchoHelper | null

  /** `helper`: for the first refill. */
  constructor(clock: Clock, helper: EchoHelper | null) {
    this.#clock = clock
    this.#helper = helper
  }

  get keys(): readonly number[] {
    return [...this.#shelves.keys()]
  }

  has(key: number): boolean {
    return this.#shelves.has(key)
  }

  /** Owns the socket from now on; its first duplicates come with the next refill. */
  add(key: number, socket: SocketHandle): void {
    this.#shelves.set(key, { socket, free: [] })
  }

  /** Makes what is missing. Concurrent calls share one helper process. */
  refill(): Promise<void> {
    this.#refill ??= this.#fill().finally(() => {
      this.#refill = null
    })
    return this.#refill
  }

  /** @throws MeshrtError MESHRT_INGRESS_FAILED */
  async take(key: number): Promise<number> {
    for (;;) {
      const shelf = this.#shelves.get(key)
      if (!shelf) throw new RangeError(`Cannot grant a socket for slot ${key}: it has none`)
      const handle = shelf.free.pop()
      if (handle) {
        const before = this.#given.get(handle.fd)
        if (before) this.#outlived.push(before.handle)
        this.#given.set(handle.fd, { key, handle })
        // Nobody waits for this one; the next refill reports what keeps failing.
        if (shelf.free.length <= LOW) this.refill().catch(() => {})
        return handle.fd
      }
      await this.refill()
    }
  }

  /** A descriptor that nobody has used: it is given to the next one that asks. */
  putBack(fd: number): void {
    const given = this.#given.get(fd)
    if (given === undefined) return
    this.#given.delete(fd)
    const shelf = this.#shelves.get(given.key)
    if (shelf === undefined) given.handle.close()
    else shelf.free.push(given.handle)
  }

  close(): void {
    this.#abort.abort()
    this.#helper?.close()
    for (const { socket, free } of this.#shelves.values()) {
      socket.close()
      for (const handle of free.splice(0)) handle.close()
    }
    this.#shelves.clear()
  }

  async #fill(): Promise<void> {
    const low = [...this.#shelves.values()].filter((shelf) => shelf.free.length <= LOW)
    if (low.length === 0) return
    const helper = this.#helper ?? new EchoHelper()
    this.#helper = null
    const duplicates = await helper.duplicate(
      low.map((shelf) => shelf.socket),
      { copies: COPIES, clock: this.#clock, signal: this.#abort.signal },
    )
    for (const [index, shelf] of low.entries()) shelf.free.push(...(duplicates[index] ?? []))
  }
}
