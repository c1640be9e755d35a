/**
 * How far the frames of each direction of a channel have come, in shared memory: who dies in the middle leaves it readable.
 *
 * One Int32 per direction decides between two threads what becomes of each frame. The receiver adds 2 as it comes to a frame;
 * the sender sets the lowest bit to take back all that the receiver has not come to yet. Both are single atomic
 * operations on the same cell, so one of them is first: each frame is either taken or revoked, never both. A second cell
 * says which frame is the last of those revoked; at that one the receiver clears the bit. Ordinals count in steps of two
 * and wrap: only differences count.
 */
export class Ledger {
  readonly #cells: Int32Array
  readonly #theirs: number
  readonly #mine: number
  #revokedAfter = 0
  #revokedUpTo = 0

  constructor(shared: SharedArrayBuffer, side: 'caller' | 'target') {
    this.#cells = new Int32Array(shared)
    this.#mine = side === 'target' ? 0 : 1
    this.#theirs = 1 - this.#mine
  }

  /** The receiver comes to the next frame. False when the sender has taken that one back. */
  take(): boolean {
    const before = Atomics.add(this.#cells, this.#mine, STEP)
    if ((before & REVOKING) === 0) return true
    const ordinal = (before & ~REVOKING) + STEP
    if ((ordinal | 0) === Atomics.load(this.#cells, LAST_REVOKED + this.#mine)) Atomics.and(this.#cells, this.#mine, ~REVOKING)
    return false
  }

  /** How many frames up to that ordinal the receiver has still to come to. */
  waiting(sent: number): number {
    return ((sent - this.#passed) | 0) / STEP
  }

  hasPassed(ordinal: number): boolean {
    return ((this.#passed - ordinal) | 0) >= 0
  }

  wasTaken(ordinal: number): boolean {
    return this.hasPassed(ordinal) && !this.#isRevoked(ordinal)
  }

  /** The sender takes back what the receiver has not come to, up to its last frame. False when there is nothing, or the last time is not over. */
  revoke(sent: number): boolean {
    for (;;) {
      const seen = Atomics.load(this.#cells, this.#theirs)
      if ((seen & REVOKING) !== 0 || seen === sent) return false
      // Read by the receiver only after it has seen the bit.
      Atomics.store(this.#cells, LAST_REVOKED + this.#theirs, sent)
      // Fails when the receiver came to one more frame meanwhile, so at most once for each that waits.
      if (Atomics.compareExchange(this.#cells, this.#theirs, seen, seen | REVOKING) !== seen) continue
      this.#revokedAfter = seen
      this.#revokedUpTo = sent
      return true
    }
  }

  get #passed(): number {
    return Atomics.load(this.#cells, this.#theirs) & ~REVOKING
  }

  #isRevoked(ordinal: number): boolean {
    return ((ordinal - this.#revokedAfter) | 0) > 0 && ((this.#revokedUpTo - ordinal) | 0) >= 0
  }
}

export function createLedger(): SharedArrayBuffer {
  return new SharedArrayBuffer(2 * LAST_REVOKED * Int32Array.BYTES_PER_ELEMENT)
}

/** The ordinal after this one. */
export function nextOrdinal(ordinal: number): number {
  return (ordinal + STEP) | 0
}

export const STEP = 2
const REVOKING = 1
/** Where the second cells of both directions begin. */
const LAST_REVOKED = 2
