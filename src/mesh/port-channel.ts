import { MessageChannel, receiveMessageOnPort, type MessagePort, type TransferListItem } from 'node:worker_threads'
import type { PortLine } from '../model/routes.ts'
import type { Channel, ChannelReceiver } from './channel.ts'
import type { Flusher } from './flusher.ts'
import type { Frame } from './frames.ts'
import { Inbox, type Counting } from './inbox.ts'
import { createLedger, Ledger, nextOrdinal } from './ledger.ts'
import { isStreamPort, type StreamPort } from './stream/stream-port.ts'

/** Both ends of a new line between two threads. */
export function createLine(): { readonly near: PortLine; readonly far: PortLine } {
  const { port1, port2 } = new MessageChannel()
  const ledger = createLedger()
  return { near: { kind: 'port', port: port1, ledger }, far: { kind: 'port', port: port2, ledger } }
}

interface PortChannelOptions {
  readonly side: 'caller' | 'target'
  readonly flusher: Flusher
  readonly receiver: ChannelReceiver
}

/**
 * A channel between two threads: sends frames in batches, counts them, and counts what it takes where the other side can
 * read it even after this thread's death.
 */
export class PortChannel implements Channel, Counting {
  readonly #port: MessagePort
  readonly #ledger: Ledger
  readonly #flusher: Flusher
  readonly #receiver: ChannelReceiver
  readonly #inbox: Inbox
  #outbox: Frame[] = []
  #transfer: (StreamPort | ArrayBuffer)[] = []
  #fullAt = FIRST_BATCH
  #sent = 0
  #counting = true
  #closed = false

  constructor(line: PortLine, options: PortChannelOptions) {
    this.#port = line.port
    this.#ledger = new Ledger(line.ledger, options.side)
    this.#flusher = options.flusher
    this.#receiver = options.receiver
    this.#inbox = new Inbox(this, options.receiver)
    this.#port.on('message', (batch: unknown) => this.#inbox.receive(batch))
    this.#port.on('close', () => this.#lost())
    // A worker that has nothing else to do may end; the mesh does not keep it alive.
    this.#port.unref()
  }

  send(frame: Frame, given?: StreamPort | ArrayBuffer): number {
    if (this.#closed) {
      if (isStreamPort(given)) given.close()
      return this.#sent
    }
    if (given !== undefined) this.#transfer.push(given)
    const waiting = this.#outbox.push(frame)
    this.#sent = nextOrdinal(this.#sent)
    if (waiting === 1) this.#flusher.mark(this)
    if (waiting >= this.#fullAt) {
      this.#fullAt = Math.min(2 * this.#fullAt, MAX_BATCH)
      this.#post()
    }
    return this.#sent
  }

  flush(): void {
    this.#fullAt = FIRST_BATCH
    if (!this.#closed && this.#outbox.length > 0) this.#post()
  }

  #post(): void {
    const batch = this.#outbox
    const transfer = this.#transfer
    this.#outbox = []
    if (transfer.length > 0) this.#transfer = []
    try {
      // Streams of this transport are message ports.
      this.#port.postMessage(batch, transfer as unknown as TransferListItem[])
    } catch (error) {
      if (!isCloneError(error)) throw error
      for (const frame of batch) this.#postAlone(frame, transfer)
    }
  }

  /** One frame of a batch cannot be cloned, and must not take the others with it. What goes in its place keeps the count and fails its request. */
  #postAlone(frame: Frame, transfer: readonly (StreamPort | ArrayBuffer)[]): void {
    const own = transfer.filter((given) => frame.some((part) => part === given || (ArrayBuffer.isView(part) && part.buffer === given)))
    try {
      this.#port.postMessage([frame], own as unknown as TransferListItem[])
    } catch (error) {
      if (!isCloneError(error)) throw error
      for (const given of own) if (isStreamPort(given)) given.close()
      this.#port.postMessage([[UNSENDABLE, frame[1]]], [])
    }
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Of the inbox alone: counts the next frame, unless it was taken back. */
  take(): boolean {
    return !this.#counting || this.#ledger.take()
  }

  get sent(): number {
    return this.#sent
  }

  get waiting(): number {
    return this.#ledger.waiting(this.#sent)
  }

  wasTaken(ordinal: number): boolean {
    return this.#ledger.wasTaken(ordinal)
  }

  hasPassed(ordinal: number): boolean {
    return this.#ledger.hasPassed(ordinal)
  }

  revoke(): boolean {
    // What has not left yet would never be passed, were this thread to end before it does.
    this.flush()
    return !this.#closed && this.#ledger.revoke(this.#sent)
  }

  stopCounting(): void {
    this.#counting = false
  }

  drainInbox(): void {
    for (let next = receiveMessageOnPort(this.#port); next !== undefined; next = receiveMessageOnPort(this.#port)) {
      this.#inbox.receive(next.message)
    }
  }

  openStream(): { readonly near: StreamPort; readonly far: StreamPort } {
    const { port1, port2 } = new MessageChannel()
    return { near: port1, far: port2 }
  }

  close(): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    for (const given of this.#transfer) if (isStreamPort(given)) given.close()
    this.#port.close()
  }

  #lost(): void {
    if (this.#closed) return
    this.#inbox.resume()
    this.#closed = true
    this.#receiver.onClosed()
  }
}

/**
 * A batch that is still growing leaves when it is this long, so that the other thread starts on it while this one fills the
 * next; later ones of the same turn are longer, as a post costs both sides more than a frame.
 */
const FIRST_BATCH = 8
const MAX_BATCH = 64

/** The kind of a frame that stands for one which could not be sent: no frame is of that kind, so its request fails where it arrives. */
export const UNSENDABLE = 0

function isCloneError(error: unknown): boolean {
  return error instanceof Error && error.name === 'DataCloneError'
}
