import { LATIN1, UTF8, type BodyEncoding } from '../frames.ts'
import { StreamProducer } from '../stream/producer.ts'
import { WINDOW_CHUNKS } from '../stream/protocol.ts'
import type { StreamPort } from '../stream/stream-port.ts'

export interface ResponseBodyEvents {
  openStream(): { readonly near: StreamPort; readonly far: StreamPort }
  /** It has grown too large or takes too long for one frame: from now on it comes through this stream. */
  onStreaming(far: StreamPort): void
  onDrain(): void
  /** The caller reads no more. */
  onStopped(): void
}

interface Piece {
  readonly data: Uint8Array | string
  readonly encoding: BufferEncoding
  readonly bytes: number
  readonly posted: (() => void) | null
}

/** What a handler writes: kept for one frame while it is small and young, else streamed. */
export class ResponseBody {
  readonly #thresholdBytes: number
  readonly #events: ResponseBodyEvents
  #pieces: Piece[] = []
  #producer: StreamProducer | null = null
  /** Bytes written so far. */
  writtenBytes = 0

  constructor(options: { readonly thresholdBytes: number; readonly events: ResponseBodyEvents }) {
    this.#thresholdBytes = options.thresholdBytes
    this.#events = options.events
  }

  get streaming(): boolean {
    return this.#producer !== null
  }

  get queuedBytes(): number {
    return this.#producer?.queuedBytes ?? 0
  }

  write(data: Uint8Array | string, encoding: BufferEncoding, posted: (() => void) | null): boolean {
    const bytes = typeof data === 'string' ? Buffer.byteLength(data, encoding) : data.byteLength
    this.writtenBytes += bytes
    if (this.#producer !== null) return this.#producer.write(toBytes(data, encoding), posted)
    // A handler may use its buffer again as soon as `write` has returned.
    const kept = typeof data === 'string' ? data : Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1')
    this.#pieces.push({ data: kept, encoding: typeof data === 'string' ? encoding : 'latin1', bytes, posted })
    return this.writtenBytes <= this.#thresholdBytes || this.stream()
  }

  /** Starts to stream, with what is there already. False when that is more than the caller can take now. */
  stream(): boolean {
    if (this.#producer !== null) return true
    const { near, far } = this.#events.openStream()
    this.#producer = new StreamProducer(near, {
      creditChunks: WINDOW_CHUNKS,
      events: { onDrain: () => this.#events.onDrain(), onStopped: () => this.#events.onStopped() },
    })
    this.#events.onStreaming(far)
    let roomy = true
    for (const piece of this.#pieces) roomy = this.#producer.write(toBytes(piece.data, piece.encoding), piece.posted)
    this.#pieces = []
    return roomy
  }

  /** The whole body for a frame. Only while it does not stream. */
  takeInline(): { readonly text: string | null; readonly encoding: BodyEncoding } {
    const pieces = this.#pieces
    this.#pieces = []
    for (const piece of pieces) if (piece.posted !== null) process.nextTick(piece.posted)
    if (this.writtenBytes === 0) return { text: null, encoding: UTF8 }
    const [first] = pieces
    if (pieces.length === 1 && first !== undefined && typeof first.data === 'string') {
      if (first.encoding === 'utf8') return { text: first.data, encoding: UTF8 }
      if (first.encoding === 'latin1') return { text: first.data, encoding: LATIN1 }
    }
    const bytes = Buffer.concat(pieces.map((piece) => toBytes(piece.data, piece.encoding)))
    return { text: bytes.toString('latin1'), encoding: LATIN1 }
  }

  end(trailers: readonly string[]): void {
    this.#producer?.end(trailers)
  }

  fail(message: string): void {
    this.#producer?.fail('MESHRT_MESH_ABORTED', message)
  }

  close(): void {
    this.#producer?.close()
  }
}

function toBytes(data: Uint8Array | string, encoding: BufferEncoding): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data, encoding) : data
}
