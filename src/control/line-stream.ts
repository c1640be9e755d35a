import type { ServerResponse } from 'node:http'
import { jsonLine } from './json-line.ts'
import { LIMITS } from './protocol.ts'

/**
 * Newline-delimited JSON to one reader. A slow reader loses lines of what happens while it reads, and is told how many; of the past it loses
 * nothing, because that is there anyhow and is written as the reader takes it. Memory stays bounded.
 */
export class LineStream {
  readonly #response: ServerResponse
  readonly #heartbeat: NodeJS.Timeout
  readonly #maxBacklogBytes: number
  /** The past that is not written yet, from `#next` on. */
  #past: unknown[] = []
  #next = 0
  /** Lines that came meanwhile. */
  #waiting: string[] = []
  #waitingBytes = 0
  #dropped = 0
  #lastLine: string | null = null
  #wroteSinceBeat = false

  constructor(
    response: ServerResponse,
    { closing, maxBacklogBytes = LIMITS.streamBacklogBytes }: { closing: AbortSignal; maxBacklogBytes?: number },
  ) {
    this.#response = response
    const endEarly = (): void => this.end()
    closing.addEventListener('abort', endEarly, { once: true })
    this.#maxBacklogBytes = maxBacklogBytes
    this.#heartbeat = setInterval(() => this.#beat(), LIMITS.heartbeatMs)
    this.#heartbeat.unref()
    const release = (): void => {
      clearInterval(this.#heartbeat)
      closing.removeEventListener('abort', endEarly)
      this.#past = []
      this.#waiting = []
    }
    response.on('drain', () => this.#pump())
    response.once('close', release)
    // Its reader has gone before there was anything to say.
    if (response.destroyed) release()
  }

  /** Values that are all there already: every one of them arrives. */
  replay(values: readonly unknown[]): void {
    for (const value of values) this.#past.push(value)
    this.#pump()
  }

  /** A value of now. */
  send(value: unknown): void {
    if (this.#isOver()) return
    if (this.#isReplaying ? this.#waitingBytes > this.#maxBacklogBytes : this.#isFull) {
      this.#dropped += 1
      return
    }
    const text = jsonLine(value)
    if (this.#isReplaying) return this.#queue(text)
    this.#reportDropped()
    this.#write(text)
  }

  /** The last line; sent however slow the reader is. */
  end(value?: unknown): void {
    if (this.#isOver()) return
    this.#lastLine = value === undefined ? '' : jsonLine(value)
    this.#pump()
  }

  get #isReplaying(): boolean {
    return this.#next < this.#past.length
  }

  get #isFull(): boolean {
    return this.#response.writableLength > this.#maxBacklogBytes
  }

  #isOver(): boolean {
    return this.#lastLine !== null || this.#response.writableEnded || this.#response.destroyed
  }

  #queue(text: string): void {
    this.#waiting.push(text)
    this.#waitingBytes += Buffer.byteLength(text)
  }

  /** Writes as much as the reader takes: the past, what came meanwhile, how much was lost, the end. */
  #pump(): void {
    if (this.#response.writableEnded || this.#response.destroyed) return
    while (this.#isReplaying && !this.#isFull) this.#write(jsonLine(this.#past[this.#next++]))
    if (this.#isReplaying) return
    this.#past = []
    this.#next = 0
    for (const text of this.#waiting) this.#write(text)
    this.#waiting = []
    this.#waitingBytes = 0
    this.#reportDropped()
    if (this.#lastLine === null) return
    clearInterval(this.#heartbeat)
    this.#response.end(this.#lastLine)
  }

  #reportDropped(): void {
    if (this.#dropped === 0) return
    const dropped = this.#dropped
    this.#dropped = 0
    this.#write(jsonLine({ dropped }))
  }

  #beat(): void {
    if (!this.#wroteSinceBeat && this.#response.writableLength === 0) this.#response.write('\n')
    this.#wroteSinceBeat = false
  }

  #write(text: string): void {
    this.#wroteSinceBeat = true
    this.#response.write(text)
  }
}
