import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { nextOrdinal, STEP } from '../ledger.ts'

/**
 * How far the frames of a caller have come, in a file: processes share no memory, and a file outlives the death of either as that does.
 * Means what `Ledger` means, but counts in one direction only, as nobody takes responses back.
 *
 * Who writes a cell first and then reads the other's sees at least one of two concurrent writes, on both sides (Dekker). The receiver writes that it
 * takes a frame, and then reads whether the sender is revoking; the sender writes that it is revoking, and then reads how far the
 * receiver has come. What it read is its decision, which it writes down; a receiver that finds it revoking waits for that.
 */
export class FileLedger {
  readonly #fd: number
  readonly #path: string
  readonly #cells = new Int32Array(CELLS)
  readonly #bytes = new Uint8Array(this.#cells.buffer)
  #taken = 0
  #revokedAfter = 0
  #revokedUpTo = 0
  #closed = false

  constructor(path: string, side: 'caller' | 'target') {
    this.#path = path
    this.#fd = openSync(path, side === 'caller' ? 'wx+' : 'r+', 0o600)
    try {
      // Both have it open: nobody needs the name any more.
      if (side === 'target') rmSync(path, { force: true })
      else writeSync(this.#fd, this.#bytes, 0, this.#bytes.byteLength, 0)
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** The receiver comes to the next frame. False when the sender has taken that one back. */
  take(): boolean {
    const ordinal = nextOrdinal(this.#taken)
    this.#taken = ordinal
    this.#write(TAKEN, ordinal)
    this.#read()
    if (this.#cells[PHASE] === SETTLED) return true
    const waitUntil = performance.now() + DECISION_MS
    // The sender decides within one turn. One that has died in the middle of it asks for nothing any more.
    while (this.#cells[PHASE] === REVOKING && performance.now() < waitUntil) this.#read()
    if (this.#cells[PHASE] !== REVOKED) return true
    const isRevoked = isBetween(ordinal, this.#cell(AFTER), this.#cell(UP_TO))
    if (ordinal === this.#cell(UP_TO)) this.#write(PHASE, SETTLED)
    return !isRevoked
  }

  /** How many frames up to that ordinal the receiver has still to come to. */
  waiting(sent: number): number {
    return ((sent - this.#passed()) | 0) / STEP
  }

  hasPassed(ordinal: number): boolean {
    return ((this.#passed() - ordinal) | 0) >= 0
  }

  wasTaken(ordinal: number): boolean {
    return this.hasPassed(ordinal) && !isBetween(ordinal, this.#revokedAfter, this.#revokedUpTo)
  }

  /** The sender takes back what the receiver has not come to, up to its last frame. False when there is nothing, or the last time is not over. */
  revoke(sent: number): boolean {
    try {
      return this.#revoke(sent)
    } catch {
      // The disk is full: nothing is taken back, and what waits is answered, or lost with its target.
      return false
    }
  }

  #revoke(sent: number): boolean {
    this.#read()
    if (this.#cells[PHASE] !== SETTLED || this.#cell(TAKEN) === sent) return false
    this.#write(UP_TO, sent)
    this.#write(PHASE, REVOKING)
    const after = this.#passed()
    if (after === sent) {
      this.#write(PHASE, SETTLED)
      return false
    }
    this.#write(AFTER, after)
    this.#write(PHASE, REVOKED)
    this.#revokedAfter = after
    this.#revokedUpTo = sent
    return true
  }

  close(): void {
    if (this.#closed) return
    // What is asked after the end is answered from what was true at the end.
    this.#read()
    this.#closed = true
    closeSync(this.#fd)
    rmSync(this.#path, { force: true })
  }

  #passed(): number {
    this.#read()
    return this.#cell(TAKEN)
  }

  #cell(index: number): number {
    return this.#cells[index] ?? 0
  }

  #read(): void {
    if (!this.#closed) readSync(this.#fd, this.#bytes, 0, this.#bytes.byteLength, 0)
  }

  #write(index: number, value: number): void {
    this.#cells[index] = value
    if (!this.#closed) writeSync(this.#fd, this.#bytes, index * CELL_BYTES, CELL_BYTES, index * CELL_BYTES)
  }
}

const TAKEN = 0
const PHASE = 1
const AFTER = 2
const UP_TO = 3
const CELLS = 4
const CELL_BYTES = Int32Array.BYTES_PER_ELEMENT

/** Nothing is revoked; it is being decided what is; all from AFTER (not included) up to UP_TO is. */
const SETTLED = 0
const REVOKING = 1
const REVOKED = 2

const DECISION_MS = 50

/** `after` < ordinal ≤ `upTo`; ordinals wrap. */
function isBetween(ordinal: number, after: number, upTo: number): boolean {
  return ((ordinal - after) | 0) > 0 && ((upTo - ordinal) | 0) >= 0
}
