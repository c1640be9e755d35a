import type { ChannelReceiver } from './channel.ts'

/** What an inbox asks about each frame, in order. */
export interface Counting {
  /** False when the sender has taken the frame back. */
  take(): boolean
  /** Nothing is handled any more. */
  readonly closed: boolean
}

/** Hands the frames of a channel to its receiver, one after the other and each once, whatever the receiver does. */
export class Inbox {
  readonly #counting: Counting
  readonly #receiver: ChannelReceiver
  #backlog: unknown[] = []

  constructor(counting: Counting, receiver: ChannelReceiver) {
    this.#counting = counting
    this.#receiver = receiver
  }

  receive(batch: unknown): void {
    if (!Array.isArray(batch)) return
    if (this.#backlog.length > 0) this.#backlog.push(...batch)
    else this.#take(batch)
  }

  /** Goes on with what a failing handler has left. */
  resume(): void {
    const rest = this.#backlog
    this.#backlog = []
    this.#take(rest)
  }

  #take(batch: readonly unknown[]): void {
    let next = 0
    try {
      while (next < batch.length && !this.#counting.closed) {
        const frame = batch[next++]
        if (this.#counting.take()) this.#receiver.onFrame(frame)
        else this.#receiver.onRevoked(frame)
      }
    } finally {
      // A handler has thrown: that is this worker's uncaught exception. If it dies of it, the rest was never taken and is
      // answered elsewhere; if it lives, it goes on in a later turn.
      if (next < batch.length && !this.#counting.closed) {
        this.#backlog = batch.slice(next)
        setImmediate(() => this.resume())
      }
    }
  }
}
