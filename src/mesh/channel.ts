import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads'
import type { Flusher } from './flusher.ts'
import type { Frame } from './frames.ts'

/** What an end of a channel does with what arrives. */
export interface ChannelReceiver {
  /** Not yet inspected. */
  onFrame(frame: unknown): void
  /** The other end is closed or its thread has ended; all its frames came before. Not called after an own `close()`. */
  onClosed(): void
}

export interface ChannelOptions {
  readonly port: MessagePort
  /** One Int32 per direction: how many frames the receiving end has taken. Survives the death of either thread. */
  readonly taken: SharedArrayBuffer
  readonly side: 'caller' | 'target'
  readonly flusher: Flusher
  readonly receiver: ChannelReceiver
}

/** Memory for the counters of a new channel. */
export function createTaken(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT)
}

/**
 * One end of the direct line between two workers: sends frames in batches, counts them, and counts what it takes where
 * the other side can read it even after this thread's death.
 */
export class Channel {
  readonly #port: MessagePort
  readonly #counters: Int32Array
  readonly #mine: 0 | 1
  readonly #flusher: Flusher
  readonly #receiver: ChannelReceiver
  #outbox: Frame[] = []
  #transfer: MessagePort[] = []
  #sent = 0
  #counting = true
  #backlog: unknown[] = []
  #closed = false

  constructor(options: ChannelOptions) {
    this.#port = options.port
    this.#counters = new Int32Array(options.taken)
    this.#mine = options.side === 'target' ? 0 : 1
    this.#flusher = options.flusher
    this.#receiver = options.receiver
    this.#port.on('message', (batch: unknown) => this.#receive(batch))
    this.#port.on('close', () => this.#lost())
    // A worker that has nothing else to do may end; the mesh does not keep it alive.
    this.#port.unref()
  }

  /** Gives the frame's ordinal, for `wasTaken`. */
  send(frame: Frame, transfer?: MessagePort): number {
    if (this.#closed) {
      transfer?.close()
      return this.#sent
    }
    if (transfer !== undefined) this.#transfer.push(transfer)
    if (this.#outbox.push(frame) === 1) this.#flusher.mark(this)
    this.#sent = (this.#sent + 1) | 0
    return this.#sent
  }

  flush(): void {
    if (this.#closed || this.#outbox.length === 0) return
    const batch = this.#outbox
    const transfer = this.#transfer
    this.#outbox = []
    if (transfer.length > 0) this.#transfer = []
    this.#port.postMessage(batch, transfer)
  }

  /** Whether the other side took the frame of that ordinal. Counters wrap: only their difference counts. */
  wasTaken(ordinal: number): boolean {
    return ((Atomics.load(this.#counters, this.#mine === 0 ? 1 : 0) - ordinal) | 0) >= 0
  }

  /** From now on frames are read but not counted: the sender is to regard them as never taken. */
  stopCounting(): void {
    this.#counting = false
  }

  /** Handles what is still queued in the port; after the other thread has ended, that is all there will be. */
  drainInbox(): void {
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      this.#receive(next.message)
    }
  }

  close(): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    for (const port of this.#transfer) port.close()
    this.#port.close()
  }

  #lost(): void {
    if (this.#closed) return
    this.#resume()
    this.#closed = true
    this.#receiver.onClosed()
  }

  #receive(batch: unknown): void {
    if (!Array.isArray(batch)) return
    if (this.#backlog.length > 0) this.#backlog.push(...batch)
    else this.#take(batch)
  }

  #take(batch: readonly unknown[]): void {
    let next = 0
    try {
      while (next < batch.length && !this.#closed) {
        const frame = batch[next++]
        if (this.#counting) Atomics.add(this.#counters, this.#mine, 1)
        this.#receiver.onFrame(frame)
      }
    } finally {
      // A handler has thrown: that is this worker's uncaught exception. If it dies of it, the rest was never taken and is
      // answered elsewhere; if it lives, it goes on in a later turn.
      if (next < batch.length && !this.#closed) {
        this.#backlog = batch.slice(next)
        setImmediate(() => this.#resume())
      }
    }
  }

  #resume(): void {
    const rest = this.#backlog
    this.#backlog = []
    this.#take(rest)
  }
}
