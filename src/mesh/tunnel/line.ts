import { MeshrtError } from '../../errors/meshrt-error.ts'
import { cut, toBytes, type Piece } from './pieces.ts'
import { CREDIT_STEP_BYTES, END, WINDOW_BYTES, type LineMessage } from './protocol.ts'

/** The channel's end that a tunnel's messages leave by. */
export interface LineCarrier {
  /** `given` is the memory of the message, if that is given away with it. */
  sendOn(id: number, message: LineMessage, given?: ArrayBuffer): void
}

export interface LineEvents {
  /** False asks to hold back what comes next until `resume()`. */
  onBytes(bytes: Buffer): boolean
  /** The other side has ended its direction. */
  onEnd(): void
  /** What came is no tunnel's message, or more than there was credit for. */
  onBroken(error: MeshrtError): void
}

/**
 * One end of a tunnel: bytes both ways, each side sending no more than the other has given credit for. Knows nothing of sockets, HTTP or
 * threads.
 */
export class TunnelLine {
  readonly #events: LineEvents
  #carrier: LineCarrier | null = null
  #id = 0
  #pieces: Piece[] = []
  #written: (() => void) | null = null
  #credit = 0
  #ended: 'no' | 'asked' | 'sent' = 'no'
  #paused = false
  #owedBytes = 0
  #openBytes = WINDOW_BYTES
  bytesRead = 0
  bytesWritten = 0

  constructor(events: LineEvents) {
    this.#events = events
  }

  /** `creditBytes`: what may be sent before the other side has said anything. Attached once more, it starts anew with what was not sent. */
  attach(carrier: LineCarrier, { id, creditBytes }: { readonly id: number; readonly creditBytes: number }): void {
    this.#carrier = carrier
    this.#id = id
    this.#credit = creditBytes
    this.#pump()
  }

  /** Tells the other side that it may send. */
  grant(): void {
    this.#carrier?.sendOn(this.#id, WINDOW_BYTES)
  }

  /** Nothing more is sent. Gives the callback of the write that is under way, if one is. */
  close(): (() => void) | null {
    const written = this.#written
    this.#carrier = null
    this.#pieces = []
    this.#written = null
    return written
  }

  /** `written` is called when all of it has left. One write at a time, as from a stream. */
  write(pieces: Piece[], written: () => void): void {
    this.#pieces = pieces
    this.#written = written
    this.#pump()
  }

  /** After what is being written. */
  end(): void {
    if (this.#ended === 'no') this.#ended = 'asked'
    this.#pump()
  }

  /** The reader has room again. */
  resume(): void {
    this.#paused = false
    this.#payCredit()
  }

  /** Not yet inspected. */
  receive(message: unknown): void {
    if (typeof message === 'string' || message instanceof Uint8Array) this.#receiveBytes(toBytes(message))
    else if (message === END) this.#events.onEnd()
    else if (isCredit(message)) {
      this.#credit += message
      this.#pump()
    } else {
      this.#events.onBroken(new MeshrtError('MESHRT_MESH_ABORTED', 'Cannot read a tunnel: it carries something that is not bytes'))
    }
  }

  #receiveBytes(bytes: Buffer): void {
    this.#openBytes -= bytes.byteLength
    if (this.#openBytes < 0) {
      this.#events.onBroken(new MeshrtError('MESHRT_MESH_ABORTED', 'Cannot read a tunnel: the writer ignores the flow control'))
      return
    }
    this.bytesRead += bytes.byteLength
    this.#owedBytes += bytes.byteLength
    if (this.#events.onBytes(bytes)) this.#payCredit()
    else this.#paused = true
  }

  #payCredit(): void {
    if (this.#paused || this.#owedBytes < CREDIT_STEP_BYTES || this.#carrier === null) return
    this.#carrier.sendOn(this.#id, this.#owedBytes)
    this.#openBytes += this.#owedBytes
    this.#owedBytes = 0
  }

  #pump(): void {
    while (this.#carrier !== null && this.#credit > 0) {
      const piece = this.#pieces[0]
      if (piece === undefined) break
      const { message, rest } = cut(piece, this.#credit)
      if (rest === null) this.#pieces.shift()
      else this.#pieces[0] = rest
      this.#credit -= message.length
      this.bytesWritten += message.length
      this.#carrier.sendOn(this.#id, message, typeof message === 'string' ? undefined : (message.buffer as ArrayBuffer))
    }
    if (this.#pieces.length === 0) this.#settle()
  }

  #settle(): void {
    // A carrier without credit has not said that it has taken the tunnel.
    if (this.#carrier === null || this.#credit <= 0) return
    const written = this.#written
    this.#written = null
    written?.()
    if (this.#ended !== 'asked' || this.#pieces.length > 0 || this.#carrier === null) return
    this.#ended = 'sent'
    this.#carrier.sendOn(this.#id, END)
  }
}

function isCredit(message: unknown): message is number {
  return typeof message === 'number' && Number.isSafeInteger(message) && message > 0 && message <= 2 * WINDOW_BYTES
}
