import type { StreamPort } from '../stream/stream-port.ts'

/** Where the messages of a channel's streams go out. */
export interface StreamsOut {
  post(id: number, message: unknown): void
  ended(id: number): void
}

/** The streams of one channel, all on its wire. Each end opens streams under numbers of its own. */
export class Streams {
  readonly #out: StreamsOut
  readonly #open = new Map<number, SocketStream>()
  #nextId: number

  constructor(side: 'caller' | 'target', out: StreamsOut) {
    this.#nextId = side === 'caller' ? 1 : 2
    this.#out = out
  }

  create(): { readonly near: StreamPort; readonly far: FarEnd } {
    const id = this.#nextId
    this.#nextId += 2
    return { near: this.#add(id), far: new FarEnd(id, () => this.#open.get(id)?.close()) }
  }

  /** The far end of a stream has arrived in a frame. */
  arrived(id: number): StreamPort {
    return this.#open.get(id) ?? this.#add(id)
  }

  receive(id: number, message: unknown): void {
    this.#open.get(id)?.receive(message)
  }

  ended(id: number): void {
    const stream = this.#open.get(id)
    this.#open.delete(id)
    stream?.ended()
  }

  /** The wire has ended. */
  close(): void {
    for (const id of this.#open.keys()) this.ended(id)
  }

  #add(id: number): SocketStream {
    const stream = new SocketStream({
      post: (message) => this.#out.post(id, message),
      close: () => {
        if (this.#open.delete(id)) this.#out.ended(id)
      },
    })
    this.#open.set(id, stream)
    return stream
  }
}

/** Stands in a frame for the other end of a stream; all that is cloned of it is its number. */
export class FarEnd implements StreamPort {
  readonly stream: number
  readonly #close: () => void

  constructor(stream: number, close: () => void) {
    this.stream = stream
    this.#close = close
  }

  close(): void {
    this.#close()
  }

  postMessage(): void {}
  on(): void {}
  unref(): void {}
}

/** The number of a stream whose far end this is, as it comes out of a message; null for anything else. */
export function streamIdOf(part: unknown): number | null {
  if (typeof part !== 'object' || part === null || !('stream' in part)) return null
  return Number.isSafeInteger(part.stream) ? (part.stream as number) : null
}

type Listener =
  | { readonly event: 'message'; readonly call: (message: unknown) => void }
  | { readonly event: 'close'; readonly call: () => void }

/** Keeps what arrives until somebody listens, as a MessagePort does. */
class SocketStream implements StreamPort {
  readonly #out: { post(message: unknown): void; close(): void }
  readonly #listeners: Listener[] = []
  #early: unknown[] = []
  #state: 'open' | 'ended' | 'closed' = 'open'
  #flowing = false

  constructor(out: { post(message: unknown): void; close(): void }) {
    this.#out = out
  }

  postMessage(message: unknown): void {
    if (this.#state === 'open') this.#out.post(message)
  }

  on(event: 'message', listener: (message: unknown) => void): void
  on(event: 'close', listener: () => void): void
  on(event: 'message' | 'close', listener: (message: unknown) => void): void {
    this.#listeners.push({ event, call: listener as never })
    if (event === 'message') process.nextTick(() => this.#flow())
    else if (this.#state === 'ended' && this.#flowing) process.nextTick(listener, undefined)
  }

  unref(): void {}

  close(): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#early = []
    this.#out.close()
  }

  receive(message: unknown): void {
    if (this.#flowing) this.#emit(message)
    else this.#early.push(message)
  }

  /** The other side has closed it, after everything that it has sent. */
  ended(): void {
    if (this.#state !== 'open') return
    this.#state = 'ended'
    if (this.#flowing) this.#emitClose()
  }

  #flow(): void {
    if (this.#flowing || this.#state === 'closed') return
    try {
      while (this.#early.length > 0) this.#emit(this.#early.shift())
    } finally {
      // A listener has thrown; if its worker lives, what follows comes in a later turn.
      if (this.#early.length > 0) setImmediate(() => this.#flow())
    }
    this.#flowing = true
    if (this.#state === 'ended') this.#emitClose()
  }

  #emit(message: unknown): void {
    for (const listener of this.#listeners) if (listener.event === 'message' && this.#state !== 'closed') listener.call(message)
  }

  #emitClose(): void {
    for (const listener of this.#listeners) if (listener.event === 'close' && this.#state !== 'closed') listener.call()
  }
}
