import { readSync } from 'node:fs'
import type { Socket } from 'node:net'
import { deserialize, serialize } from 'node:v8'

export interface WireEvents {
  onMessage(message: unknown): void
  /** The other end has closed, or its process has ended; all its messages came before. Not called after an own `close()`. */
  onClosed(): void
}

/** The length of a message in bytes, before the message. */
const HEAD_BYTES = 4

/** Longer ones are no messages of ours. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024

/** Structured-clonable messages over a Unix socket, in order. May be used before it is connected. */
export class Wire {
  readonly #events: WireEvents
  #socket: Socket | null = null
  #unsent: Buffer[] = []
  #unread: Buffer[] = []
  #unreadBytes = 0
  #arrived: unknown[] = []
  #state: 'open' | 'closed' | 'lost' = 'open'

  constructor(events: WireEvents) {
    this.#events = events
  }

  readonly #deliver = (): void => {
    const message = this.#arrived.shift()
    if (message !== undefined && this.#state === 'open') this.#events.onMessage(message)
  }

  /** Takes the socket over. */
  attach(socket: Socket): void {
    this.#socket = socket
    // A process that has nothing else to do may end; the mesh does not keep it alive.
    socket.unref()
    socket.on('data', (bytes: Buffer) => this.#read(bytes))
    // `close` follows.
    socket.on('error', () => {})
    socket.on('close', () => this.lost())
    readToTheEnd(socket, (bytes) => this.#read(bytes))
    // It may come paused.
    socket.resume()
    for (const bytes of this.#unsent.splice(0)) socket.write(bytes)
    if (this.#state !== 'open') socket.destroySoon()
  }

  /** False for what cannot be cloned; then nothing is sent. */
  send(message: unknown): boolean {
    if (this.#state !== 'open') return true
    const body = trySerialize(message)
    if (body === null) return false
    const head = Buffer.allocUnsafe(HEAD_BYTES)
    head.writeUInt32LE(body.byteLength)
    if (this.#socket === null) {
      this.#unsent.push(head, body)
      return true
    }
    this.#socket.cork()
    this.#socket.write(head)
    this.#socket.write(body)
    this.#socket.uncork()
    return true
  }

  /** Sent, and not yet the system's to deliver: it is lost when this process ends now. */
  get pendingBytes(): number {
    return this.#socket?.writableLength ?? 0
  }

  /** Handles what has arrived in this process and was not read yet. */
  drain(): void {
    if (this.#socket !== null) readAll(this.#socket, (bytes) => this.#read(bytes))
    while (this.#arrived.length > 0 && this.#state === 'open') this.#deliver()
  }

  /** After everything that was sent. */
  close(): void {
    if (this.#state !== 'open') return
    this.#state = 'closed'
    this.#socket?.destroySoon()
  }

  /** It will never be connected, or is no more. */
  lost(): void {
    if (this.#state !== 'open') return
    if (this.#arrived.length > 0) {
      // What came before comes first.
      setImmediate(() => this.lost())
      return
    }
    this.#state = 'lost'
    this.#socket?.destroy()
    this.#events.onClosed()
  }

  #read(bytes: Buffer): void {
    if (this.#state !== 'open') return
    this.#unread.push(bytes)
    this.#unreadBytes += bytes.byteLength
    const before = this.#arrived.length
    try {
      for (let message = this.#next(); message !== null; message = this.#next()) this.#arrived.push(deserialize(message))
    } catch {
      // Not one of ours at the other end, or a bug there: nothing that follows can be read.
      this.#unread = []
      this.#socket?.destroy()
    }
    // Each in a turn of its own, as a MessagePort does it: what a listener does about one is done before the next.
    const count = this.#arrived.length - before
    const first = before === 0 && count > 0
    for (let later = first ? 1 : 0; later < count; later++) setImmediate(this.#deliver)
    if (first) this.#deliver()
  }

  /** The bytes of the next message that is there as a whole. */
  #next(): Buffer | null {
    if (this.#unreadBytes < HEAD_BYTES) return null
    if ((this.#unread[0]?.byteLength ?? 0) < HEAD_BYTES) this.#unread = [Buffer.concat(this.#unread)]
    const length = this.#unread[0]?.readUInt32LE() ?? 0
    if (length > MAX_MESSAGE_BYTES) throw new RangeError(`a message of ${length} bytes`)
    const end = HEAD_BYTES + length
    if (this.#unreadBytes < end) return null
    if ((this.#unread[0]?.byteLength ?? 0) < end) this.#unread = [Buffer.concat(this.#unread)]
    const [first] = this.#unread
    if (first === undefined) return null
    if (first.byteLength === end) this.#unread.shift()
    else this.#unread[0] = first.subarray(end)
    this.#unreadBytes -= end
    return first.subarray(HEAD_BYTES, end)
  }
}

function trySerialize(message: unknown): Buffer | null {
  try {
    return serialize(message)
  } catch {
    // An Error without a code of its own: a function, a symbol, a getter that throws.
    return null
  }
}

const READ_BYTES = 65_536

/**
 * A socket whose write fails is destroyed with what has arrived and was not read yet: the last answers of a process that has just ended.
 * `_destroy` is where Node lets a stream do something before that.
 */
function readToTheEnd(socket: Socket, onBytes: (bytes: Buffer) => void): void {
  const destroy = socket._destroy.bind(socket)
  socket._destroy = (error, callback) => {
    if (error) readAll(socket, onBytes)
    destroy(error, callback)
  }
}

function readAll(socket: Socket, onBytes: (bytes: Buffer) => void): void {
  const { _handle: handle } = socket as unknown as { readonly _handle: { readonly fd: number } | null }
  if (handle === null || handle.fd < 0) return
  for (;;) {
    const bytes = Buffer.allocUnsafe(READ_BYTES)
    let count: number
    try {
      count = readSync(handle.fd, bytes)
    } catch {
      // Nothing there (EAGAIN), or nothing more (ECONNRESET).
      return
    }
    if (count === 0) return
    onBytes(bytes.subarray(0, count))
  }
}
