import type { ChannelLine, Target } from '../model/routes.ts'
import type { Frame } from './frames.ts'
import type { StreamPort } from './stream/stream-port.ts'

/** What an end of a channel does with what arrives. */
export interface ChannelReceiver {
  /** Not yet inspected. */
  onFrame(frame: unknown): void
  /** Not inspected either. The sender has taken it back: what it asks for is done elsewhere. */
  onRevoked(frame: unknown): void
  /** The other end is closed or its worker has ended; all its frames came before. Not called after an own `close()`. */
  onClosed(): void
}

/**
 * One end of the direct line between two workers, whatever carries it. Routing, selection, timeouts and replay know this
 * and nothing of threads, ports or sockets.
 */
export interface Channel {
  /**
   * Gives the frame's ordinal, for `wasTaken` and `hasPassed`. Frames of one turn leave together. The far end of a stream in the frame is
   * `given` away with it, and closed when the channel is; so is memory.
   */
  send(frame: Frame, given?: StreamPort | ArrayBuffer): number
  /** Sends now what waits for the end of the turn. */
  flush(): void
  /** Ordinal of the last frame sent. */
  readonly sent: number
  /** How many of the frames sent the other side has not come to yet. */
  readonly waiting: number
  /** Whether the other side took the frame of that ordinal: known also after its death. */
  wasTaken(ordinal: number): boolean
  /** Whether it has come to that frame, be it to take it or to find it revoked. */
  hasPassed(ordinal: number): boolean
  /**
   * Takes back every frame that the other side has not taken: each is from now on either taken or revoked, never both, which
   * `wasTaken` tells. False when there is nothing to take back, or when the last revocation has not been noticed yet.
   */
  revoke(): boolean
  /** From now on frames are read but not counted: the sender is to regard them as never taken. */
  stopCounting(): void
  /** Handles what has arrived and not been read yet; after the other worker has ended, that is all there will be. */
  drainInbox(): void
  /** A line of its own for one body: `near` is kept, `far` is to be put into a frame. */
  openStream(): { readonly near: StreamPort; readonly far: StreamPort }
  /** Sends what waits, then ends the line; the other side is told. */
  close(): void
}

/** Where channels come from. */
export interface Transport {
  /** May be used at once; the other end travels to the worker by way of the runtime. */
  connect(target: Pick<Target, 'worker' | 'place' | 'row'>, receiver: ChannelReceiver): Channel
  /** The end that another worker's `connect` has sent here. */
  accept(line: ChannelLine, receiver: ChannelReceiver): Channel
}
