import type { ServerResponse } from 'node:http'
import { jsonLine } from './json-line.ts'
import { LIMITS } from './protocol.ts'

/** Newline-delimited JSON to one reader. A slow reader loses lines, and is told how many; memory stays bounded. */
export class LineStream {
  readonly #response: ServerResponse
  readonly #heartbeat: NodeJS.Timeout
  readonly #maxBacklogBytes: number
  #dropped = 0
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
    response.on('drain', () => this.#reportDropped())
    response.once('close', () => {
      clearInterval(this.#heartbeat)
      closing.removeEventListener('abort', endEarly)
    })
  }

  send(value: unknown): void {
    if (this.#isOver()) return
    if (this.#response.writableLength > this.#maxBacklogBytes) {
      this.#dropped += 1
      return
    }
    this.#reportDropped()
    this.#write(jsonLine(value))
  }

  /** The last line; sent however slow the reader is. */
  end(value?: unknown): void {
    clearInterval(this.#heartbeat)
    if (this.#isOver()) return
    this.#reportDropped()
    this.#response.end(value === undefined ? undefined : jsonLine(value))
  }

  #isOver(): boolean {
    return this.#response.writableEnded || this.#response.destroyed
  }

  #reportDropped(): void {
    if (this.#dropped === 0 || this.#isOver()) return
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
