import { MeshrtError } from '../../errors/meshrt-error.ts'
import { StreamProducer } from '../stream/producer.ts'
import type { StreamPort } from '../stream/stream-port.ts'
import { lengthMismatch } from './errors.ts'
import { releaseSource, toBytes, type StreamedBody } from './request-body.ts'

/**
 * Sends a streamed request body. Does not touch its source before the target has taken the request and given credit,
 * so that a request which nobody took can be sent elsewhere with its body whole.
 */
export class Upload {
  readonly #body: StreamedBody
  readonly #onError: (error: Error) => void
  readonly #producer: StreamProducer
  #iterator: AsyncIterator<unknown> | Iterator<unknown> | null = null
  #wake: (() => void) | null = null
  #stopped = false

  constructor(port: StreamPort, options: { readonly body: StreamedBody; readonly onError: (error: Error) => void }) {
    this.#body = options.body
    this.#onError = options.onError
    this.#producer = new StreamProducer(port, {
      creditChunks: 0,
      events: {
        // Never rejects.
        onFirstCredit: () => void this.#run(),
        onDrain: () => this.#wakeUp(),
        // Before the first credit nothing has been read: what becomes of the source is then decided by what becomes of the request.
        onStopped: () => {
          if (this.started) this.stop()
        },
      },
    })
  }

  /** The source has been read from: there is no second time. */
  get started(): boolean {
    return this.#iterator !== null
  }

  /** Ends it and releases its source; without a source touched, nothing but the port is closed. */
  stop(): void {
    if (this.#stopped) return
    this.#stopped = true
    this.#producer.close()
    this.#wakeUp()
    releaseSource(this.#body)
    void this.#endIteration()
  }

  /** Gives the port up but leaves the source as it is, for another attempt. */
  abandon(): void {
    this.#stopped = true
    this.#producer.close()
  }

  async #run(): Promise<void> {
    try {
      const { source } = this.#body
      const iterator = Symbol.asyncIterator in source ? source[Symbol.asyncIterator]() : source[Symbol.iterator]()
      this.#iterator = iterator
      let sentBytes = 0
      for (let next = await iterator.next(); next.done !== true && !this.#stopped; next = await iterator.next()) {
        const bytes = toBytes(next.value)
        sentBytes += bytes.byteLength
        if (!this.#producer.write(bytes, null)) await this.#drained()
        if (this.#stopped) break
      }
      if (this.#stopped) return
      const expected = this.#body.lengthBytes
      if (expected !== null && expected !== sentBytes) throw lengthMismatch(expected, sentBytes)
      this.#producer.end([])
    } catch (error) {
      this.#fail(error)
    }
  }

  #fail(thrown: unknown): void {
    if (this.#stopped) return
    const error =
      thrown instanceof Error ? thrown : new MeshrtError('MESHRT_MESH_ABORTED', `Cannot read the request body: ${String(thrown)}`)
    this.#producer.fail('MESHRT_MESH_ABORTED', `Cannot read the request body: ${error.message}`)
    this.#onError(error)
    this.stop()
  }

  async #endIteration(): Promise<void> {
    try {
      await this.#iterator?.return?.()
    } catch {
      // The caller's own source failing after its request is over: there is nobody left to tell.
    }
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #wakeUp(): void {
    const wake = this.#wake
    this.#wake = null
    wake?.()
  }
}
