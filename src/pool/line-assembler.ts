import { StringDecoder } from 'node:string_decoder'

/** A line longer than this is cut, so that output without line breaks cannot grow memory. */
export const MAX_LINE_CHARS = 65_536

const CUT_MARK = ' … [line cut]'

/** Turns chunks of bytes into whole lines: carries over what is incomplete, and characters that are split between chunks. */
export class LineAssembler {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (text: string) => void
  #rest = ''
  /** The rest of an overlong line is thrown away up to its line break. */
  #skipping = false

  constructor(onLine: (text: string) => void) {
    this.#onLine = onLine
  }

  push(bytes: Uint8Array): void {
    this.#feed(this.#decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)))
  }

  /** What is left without a line break, when nothing more will come. */
  end(): void {
    this.#feed(this.#decoder.end())
    if (this.#rest !== '') this.#line(this.#rest)
    this.#rest = ''
  }

  #feed(text: string): void {
    let from = 0
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
      this.#line(this.#rest + text.slice(from, at))
      this.#rest = ''
      from = at + 1
    }
    this.#rest += text.slice(from)
    if (this.#rest.length <= MAX_LINE_CHARS) return
    this.#line(this.#rest)
    this.#rest = ''
    this.#skipping = true
  }

  #line(text: string): void {
    const skip = this.#skipping
    this.#skipping = false
    if (skip) return
    const line = text.endsWith('\r') ? text.slice(0, -1) : text
    this.#onLine(line.length > MAX_LINE_CHARS ? line.slice(0, MAX_LINE_CHARS) + CUT_MARK : line)
  }
}
