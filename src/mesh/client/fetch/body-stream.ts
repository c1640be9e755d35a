import type { ReadableByteStreamController } from 'node:stream/web'
import type { ExchangeControl } from '../sink.ts'

/** Bodies that nobody can read any more: what still comes is of no use. */
const dropped = new FinalizationRegistry<ExchangeControl>((control) => control.abort())

/** A standard stream of bytes, and the end that fills it. */
export function openBodyStream(control: ExchangeControl): {
  readonly feed: BodyFeed
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>
} {
  const feed = new BodyFeed(control)
  const stream = new ReadableStream({
    type: 'bytes',
    start: (controller) => feed.start(controller),
    pull: (controller) => feed.pull(controller),
    cancel: (reason) => feed.cancel(reason),
  }) as ReadableStream<Uint8Array<ArrayBuffer>>
  dropped.register(stream, control, feed)
  return { feed, stream }
}

/**
 * Fills the body of a streamed response, with backpressure. Refers to the stream strongly only while somebody waits for bytes, so that
 * a response which is dropped with its body unread ends its request.
 */
export class BodyFeed {
  readonly #control: ExchangeControl
  #controller: WeakRef<ReadableByteStreamController> | null = null
  #waiting: ReadableByteStreamController | null = null

  constructor(control: ExchangeControl) {
    this.#control = control
  }

  start(controller: ReadableByteStreamController): void {
    this.#controller = new WeakRef(controller)
  }

  pull(controller: ReadableByteStreamController): void {
    this.#waiting = controller
    this.#control.resume()
  }

  cancel(reason: unknown): void {
    this.#over()
    this.#control.abort(reason)
  }

  /** False when nobody waits for more. The chunk has to be in memory that nothing else uses: it is given away. */
  push(chunk: Uint8Array<ArrayBuffer>): boolean {
    const controller = this.#controller?.deref()
    this.#waiting = null
    // May pull at once.
    if (chunk.byteLength > 0) controller?.enqueue(chunk)
    return this.#waiting !== null
  }

  end(): void {
    const controller = this.#controller?.deref()
    this.#over()
    try {
      controller?.close()
      controller?.byobRequest?.respond(0)
    } catch (error) {
      // The last view that was to be filled has got a part of an element only.
      controller?.error(error)
    }
  }

  fail(error: unknown): void {
    const controller = this.#controller?.deref()
    this.#over()
    controller?.error(error)
  }

  #over(): void {
    dropped.unregister(this)
    this.#waiting = null
    this.#controller = null
  }
}
