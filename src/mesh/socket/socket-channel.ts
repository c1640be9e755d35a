import type { Socket } from 'node:net'
import type { Channel, ChannelReceiver } from '../channel.ts'
import type { Flusher } from '../flusher.ts'
import type { Frame } from '../frames.ts'
import { Inbox, type Counting } from '../inbox.ts'
import { nextOrdinal } from '../ledger.ts'
import { UNSENDABLE } from '../port-channel.ts'
import { isStreamPort, type StreamPort } from '../stream/stream-port.ts'
import { FileLedger } from './file-ledger.ts'
import { streamIdOf, Streams } from './streams.ts'
import { Wire } from './wire.ts'

interface SocketChannelOptions {
  /** Where the ledger is. */
  readonly ledger: string
  readonly side: 'caller' | 'target'
  readonly flusher: Flusher
  readonly receiver: ChannelReceiver
}

/** What goes over the wire: frames, a message of a stream, the end of a stream. */
const FRAMES = 0
const STREAM = 1
const STREAM_END = 2

/** A channel to or from a process: the same as one between threads, over a Unix socket. Its streams share the socket. */
export class SocketChannel implements Channel, Counting {
  readonly #side: 'caller' | 'target'
  readonly #flusher: Flusher
  readonly #receiver: ChannelReceiver
  readonly #ledger: FileLedger
  readonly #inbox: Inbox
  readonly #wire: Wire
  readonly #streams: Streams
  #outbox: Frame[] = []
  #sent = 0
  #counting = true
  #closed = false

  /** @throws what keeps the ledger from being opened. */
  constructor({ ledger, side, flusher, receiver }: SocketChannelOptions) {
    this.#side = side
    this.#flusher = flusher
    this.#receiver = receiver
    this.#ledger = new FileLedger(ledger, side)
    this.#inbox = new Inbox(this, receiver)
    this.#wire = new Wire({ onMessage: (message) => this.#receive(message), onClosed: () => this.#lost() })
    this.#streams = new Streams(side, {
      post: (id, message) => this.#postOf([STREAM, id, message]),
      ended: (id) => this.#postOf([STREAM_END, id]),
    })
  }

  /** What is sent before waits. Null when there will be no connection. */
  attach(socket: Socket | null): void {
    if (socket) this.#wire.attach(socket)
    else this.#wire.lost()
  }

  send(frame: Frame, given?: StreamPort | ArrayBuffer): number {
    if (this.#closed) {
      if (isStreamPort(given)) given.close()
      return this.#sent
    }
    if (this.#outbox.push(frame) === 1) this.#flusher.mark(this)
    this.#sent = nextOrdinal(this.#sent)
    if (this.#outbox.length >= MAX_BATCH) this.flush()
    return this.#sent
  }

  flush(): void {
    if (this.#closed || this.#outbox.length === 0) return
    const batch = this.#outbox
    this.#outbox = []
    if (this.#trySend(batch)) return
    // One frame cannot be cloned, and must not take the others with it. What goes in its place keeps the count and fails its request.
    for (const frame of batch) if (!this.#trySend([frame])) this.#wire.send([FRAMES, [[UNSENDABLE, frame[1]]]])
  }

  /** What this process must not end with: see `Wire`. */
  get pendingBytes(): number {
    return this.#wire.pendingBytes
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Of the inbox alone. Nobody asks what the caller has taken. */
  take(): boolean {
    return this.#side === 'caller' || !this.#counting || this.#ledger.take()
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
    this.flush()
    return !this.#closed && this.#ledger.revoke(this.#sent)
  }

  stopCounting(): void {
    this.#counting = false
  }

  drainInbox(): void {
    this.#wire.drain()
  }

  openStream(): { readonly near: StreamPort; readonly far: StreamPort } {
    return this.#streams.create()
  }

  close(): void {
    if (this.#closed) return
    this.flush()
    this.#closed = true
    this.#wire.close()
    this.#end()
  }

  #lost(): void {
    if (this.#closed) return
    this.#inbox.resume()
    this.#closed = true
    this.#receiver.onClosed()
    this.#end()
  }

  #end(): void {
    this.#streams.close()
    this.#ledger.close()
  }

  /** What comes later than a frame is not sent before it. */
  #postOf(message: readonly unknown[]): void {
    this.flush()
    this.#wire.send(message)
  }

  #trySend(batch: readonly Frame[]): boolean {
    return this.#wire.send([FRAMES, batch])
  }

  #receive(message: unknown): void {
    if (!Array.isArray(message)) return
    const [kind, id] = message as readonly unknown[]
    if (kind === FRAMES && Array.isArray(id)) this.#inbox.receive(id.map((frame) => this.#withStreams(frame)))
    else if (kind === STREAM && typeof id === 'number') this.#streams.receive(id, message[2])
    else if (kind === STREAM_END && typeof id === 'number') this.#streams.ended(id)
  }

  #withStreams(frame: unknown): unknown {
    if (!Array.isArray(frame)) return frame
    const at = frame.findIndex((part) => streamIdOf(part) !== null)
    const id = streamIdOf(frame[at])
    return id === null ? frame : frame.with(at, this.#streams.arrived(id))
  }
}

const MAX_BATCH = 64
