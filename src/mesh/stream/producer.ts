import type { ErrorCode } from '../../errors/catalogue.ts'
import { CHUNK_BYTES, END, ERROR, STOP, type ForwardMessage } from './protocol.ts'
import type { StreamPort } from './stream-port.ts'

export interface ProducerEvents {
  /** After a write that returned false: there is room again. */
  onDrain(): void
  /** The first credit has come: from now on the other side has the request. */
  onFirstCredit?(): void
  /** The reader wants no more, or its thread has ended. Not called after the end. */
  onStopped(): void
}

interface Piece {
  bytes: Uint8Array
  readonly posted: (() => void) | null
}

/** Sends a body's bytes through its port, never more than the reader has given credit for. */
export class StreamProducer {
  readonly #port: StreamPort
  readonly #events: ProducerEvents
  readonly #pieces: Piece[] = []
  #queuedBytes = 0
  #credit: number
  #credited: boolean
  #needDrain = false
  #pumpScheduled = false
  #trailers: readonly string[] | null = null
  #done = false

  constructor(port: StreamPort, options: { readonly creditChunks: number; readonly events: ProducerEvents }) {
    this.#port = port
    this.#credit = options.creditChunks
    this.#credited = options.creditChunks > 0
    this.#events = options.events
    port.on('message', (credit: unknown) => this.#receive(credit))
    port.on('close', () => this.#stopped())
    port.unref()
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  get done(): boolean {
    return this.#done
  }

  /** False when the writer had better wait for `onDrain`. `posted` is called when the bytes have left. */
  write(bytes: Uint8Array, posted: (() => void) | null): boolean {
    if (this.#done) return true
    if (bytes.byteLength === 0 && this.#pieces.length === 0) {
      if (posted !== null) process.nextTick(posted)
      return true
    }
    this.#pieces.push({ bytes, posted })
    this.#queuedBytes += bytes.byteLength
    if (this.#queuedBytes >= CHUNK_BYTES) this.#pump()
    else this.#schedulePump()
    const roomy = this.#queuedBytes < CHUNK_BYTES
    if (!roomy) this.#needDrain = true
    return roomy
  }

  /** After everything that was written has left. */
  end(trailers: readonly string[]): void {
    this.#trailers ??= trailers
    this.#pump()
  }

  /** Ends it in the middle; the reader gets the error after what has already left. */
  fail(code: ErrorCode, message: string): void {
    if (this.#done) return
    this.#post([ERROR, code, message])
    this.close()
  }

  /** Without a word; the reader sees the stream break off. */
  close(): void {
    this.#done = true
    this.#pieces.length = 0
    this.#queuedBytes = 0
    this.#port.close()
  }

  #receive(credit: unknown): void {
    if (this.#done || typeof credit !== 'number' || !Number.isInteger(credit) || credit < 0) return
    if (credit === STOP) {
      this.#stopped()
      return
    }
    this.#credit += credit
    if (!this.#credited) {
      this.#credited = true
      this.#events.onFirstCredit?.()
    }
    this.#pump()
  }

  #stopped(): void {
    if (this.#done) return
    this.close()
    this.#events.onStopped()
  }

  // Small writes of one turn leave as one chunk.
  #schedulePump(): void {
    if (this.#pumpScheduled) return
    this.#pumpScheduled = true
    process.nextTick(() => {
      this.#pumpScheduled = false
      this.#pump()
    })
  }

  #pump(): void {
    while (!this.#done && this.#credit > 0 && this.#pieces.length > 0) {
      this.#credit--
      const chunk = this.#tryChunk()
      if (chunk === null) return
      this.#port.postMessage(chunk satisfies ForwardMessage, [chunk.buffer as ArrayBuffer])
    }
    if (this.#done) return
    if (this.#pieces.length === 0 && this.#trailers !== null) {
      this.#post([END, this.#trailers])
      this.close()
    } else if (this.#needDrain && this.#queuedBytes < CHUNK_BYTES) {
      this.#needDrain = false
      this.#events.onDrain()
    }
  }

  /** Null when the writer has given its memory to somebody else meanwhile, which ends the body. */
  #tryChunk(): Uint8Array | null {
    try {
      return this.#takeChunk()
    } catch (error) {
      if (!(error instanceof TypeError)) throw error
      this.fail('MESHRT_MESH_ABORTED', `Cannot send a body: ${error.message}`)
      this.#events.onStopped()
      return null
    }
  }

  /** Copied into memory of its own, and that is given away: the writer may use its buffer again, and pooled memory must not be detached. */
  #takeChunk(): Uint8Array {
    const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, this.#queuedBytes))
    let filled = 0
    while (filled < chunk.byteLength || this.#pieces[0]?.bytes.byteLength === 0) {
      const piece = this.#pieces[0]
      if (piece === undefined) break
      const part = piece.bytes.subarray(0, chunk.byteLength - filled)
      chunk.set(part, filled)
      filled += part.byteLength
      piece.bytes = piece.bytes.subarray(part.byteLength)
      if (piece.bytes.byteLength === 0) {
        this.#pieces.shift()
        if (piece.posted !== null) process.nextTick(piece.posted)
      }
    }
    this.#queuedBytes = this.#pieces.length === 0 ? 0 : this.#queuedBytes - filled
    return filled === chunk.byteLength ? chunk : chunk.subarray(0, filled)
  }

  #post(message: ForwardMessage): void {
    this.#port.postMessage(message, [])
  }
}
