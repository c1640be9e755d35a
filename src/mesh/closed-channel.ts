import type { Channel, ChannelReceiver } from './channel.ts'
import type { Frame } from './frames.ts'
import { isStreamPort, type StreamPort } from './stream/stream-port.ts'

/** A channel that could not be opened: takes nothing, and says so in the next turn. */
export class ClosedChannel implements Channel {
  readonly sent = 0
  readonly waiting = 0
  #closed = false

  constructor(receiver: ChannelReceiver) {
    setImmediate(() => {
      if (!this.#closed) receiver.onClosed()
    })
  }

  send(_frame: Frame, given?: StreamPort | ArrayBuffer): number {
    if (isStreamPort(given)) given.close()
    return this.sent
  }

  wasTaken(): boolean {
    return false
  }

  hasPassed(): boolean {
    return true
  }

  revoke(): boolean {
    return false
  }

  openStream(): { readonly near: StreamPort; readonly far: StreamPort } {
    return { near: new DeadStream(), far: new DeadStream() }
  }

  close(): void {
    this.#closed = true
  }

  flush(): void {}
  stopCounting(): void {}
  drainInbox(): void {}
}

class DeadStream implements StreamPort {
  on(event: 'message' | 'close', listener: (message: unknown) => void): void {
    if (event === 'close') setImmediate(listener, undefined)
  }

  postMessage(): void {}
  unref(): void {}
  close(): void {}
}
