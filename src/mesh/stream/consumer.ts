import { isErrorCode } from '../../errors/catalogue.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import { problemOfHeaders } from '../headers.ts'
import { CREDIT_STEP_CHUNKS, END, ERROR, STOP, WINDOW_CHUNKS } from './protocol.ts'
import type { StreamPort } from './stream-port.ts'

export interface ConsumerEvents {
  onChunk(chunk: Buffer): void
  onEnd(trailers: readonly string[]): void
  /** Broken off: by the writer's error, its thread's end, or something that is no stream. */
  onError(error: MeshrtError): void
}

/**
 * When the writer may send its first chunks. `as-agreed`: it does so by itself. `when-read`: at the first `resume()`, so that until then what
 * it has is whole, and can go elsewhere.
 */
export type StreamBegin = 'as-agreed' | 'at-once' | 'when-read'

/** Reads a body from its port. While paused it keeps at most a window's worth and gives no credit, so that the writer waits. */
export class StreamConsumer {
  readonly #port: StreamPort
  readonly #events: ConsumerEvents
  readonly #waiting: unknown[] = []
  #begin: StreamBegin
  #paused = false
  #delivering = false
  #owedChunks = 0
  #done = false

  constructor(port: StreamPort, options: { readonly begin: StreamBegin; readonly events: ConsumerEvents }) {
    this.#port = port
    this.#events = options.events
    port.on('message', (message: unknown) => this.#receive(message))
    port.on('close', () => this.#receive(CLOSED))
    port.unref()
    this.#begin = options.begin
    if (options.begin === 'at-once') this.#letBegin()
  }

  get done(): boolean {
    return this.#done
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (this.#begin === 'when-read') this.#letBegin()
    this.#paused = false
    this.#deliver()
  }

  /** Nobody reads any more: the writer is told, the port closed. */
  cancel(): void {
    if (this.#done) return
    this.#port.postMessage(STOP, [])
    this.#finish()
  }

  #letBegin(): void {
    this.#begin = 'as-agreed'
    if (!this.#done) this.#port.postMessage(WINDOW_CHUNKS, [])
  }

  #receive(message: unknown): void {
    if (this.#done) return
    if (this.#waiting.length > 2 * WINDOW_CHUNKS) {
      this.#finish()
      this.#events.onError(new MeshrtError('MESHRT_MESH_ABORTED', 'Cannot read a body: the writer ignores the flow control'))
      return
    }
    this.#waiting.push(message)
    this.#deliver()
  }

  #deliver(): void {
    if (this.#delivering) return
    this.#delivering = true
    try {
      while (!this.#done && !this.#paused && this.#waiting.length > 0) this.#take(this.#waiting.shift())
    } finally {
      this.#delivering = false
    }
  }

  #take(message: unknown): void {
    if (message instanceof Uint8Array) {
      if (++this.#owedChunks >= CREDIT_STEP_CHUNKS) {
        this.#port.postMessage(this.#owedChunks, [])
        this.#owedChunks = 0
      }
      this.#events.onChunk(Buffer.from(message.buffer, message.byteOffset, message.byteLength))
      return
    }
    this.#finish()
    if (Array.isArray(message) && message[0] === END && problemOfHeaders(message[1]) === null) {
      this.#events.onEnd(message[1] as readonly string[])
    } else {
      this.#events.onError(toError(message))
    }
  }

  #finish(): void {
    this.#done = true
    this.#waiting.length = 0
    this.#port.close()
  }
}

const CLOSED = Symbol('closed')

function toError(message: unknown): MeshrtError {
  if (Array.isArray(message) && message[0] === ERROR && typeof message[1] === 'string' && isErrorCode(message[1])) {
    return new MeshrtError(message[1], String(message[2]))
  }
  if (message === CLOSED)
    return new MeshrtError('MESHRT_MESH_TARGET_LOST', 'Cannot read a body to its end: the worker that sent it has ended')
  return new MeshrtError('MESHRT_MESH_ABORTED', 'Cannot read a body: it is not a stream of bytes')
}
