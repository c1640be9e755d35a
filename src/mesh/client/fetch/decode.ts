import { pipeline, Readable, type Transform } from 'node:stream'
import { decodeBody } from '../../frames.ts'
import type { ResponseContent } from './response.ts'

/**
 * Takes `Content-Encoding` off. What has an encoding that is not known stays as it is, as in the original `fetch`. `discard` ends the
 * request, for when nobody wants the rest or it cannot be decoded.
 */
export function decodeContent(content: ResponseContent, encodings: string | undefined, discard: () => void): ResponseContent {
  if (content === null || encodings === undefined) return content
  // The last one was put on last.
  const names = encodings.toLowerCase().split(',').map(trim).toReversed()
  if (names.length > MAX_ENCODINGS || !names.every(isKnown)) return content
  const source = new Source(content, discard)
  let chunks: AsyncIterable<Uint8Array> = source.chunks()
  for (const name of names) chunks = decoded(chunks, name)
  return toStream(chunks, source)
}

/** What is decoded, and what has become of it. */
class Source {
  readonly #content: NonNullable<ResponseContent>
  readonly #discard: () => void
  #failed = false

  constructor(content: NonNullable<ResponseContent>, discard: () => void) {
    this.#content = content
    this.#discard = discard
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    const content = this.#content
    try {
      if (content instanceof ReadableStream) yield* content
      else if (content.text !== '') yield decodeBody(content.text, content.encoding)
    } catch (error) {
      this.#failed = true
      throw error
    }
  }

  /** Ends the source, by whose error whoever waits for it is woken. */
  end(): void {
    this.#discard()
  }

  /** Its own errors are what `fetch` has for them already; others are the decoder's. */
  toError(error: unknown): unknown {
    return this.#failed ? error : new TypeError('terminated', { cause: error })
  }
}

/** Not imported: few bodies need it, and it takes its time in each thread. */
const loadZlib = () => process.getBuiltinModule('node:zlib')

/** Each one multiplies what a small body can grow to. */
const MAX_ENCODINGS = 5

function isKnown(name: string): boolean {
  return ['gzip', 'x-gzip', 'deflate', 'br'].includes(name) || (name === 'zstd' && 'createZstdDecompress' in loadZlib())
}

async function* decoded(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done === true) return
  const decoder = createDecoder(name, first.value)
  // Errors of either are thrown by the loop below.
  pipeline(Readable.from(startingWith(first.value, iterator)), decoder, () => {})
  for await (const chunk of decoder) yield chunk as Uint8Array
}

function createDecoder(name: string, first: Uint8Array): Transform {
  const zlib = loadZlib()
  // What has arrived is passed on at once, and an end without its trailer is let pass.
  const options = { flush: zlib.constants.Z_SYNC_FLUSH, finishFlush: zlib.constants.Z_SYNC_FLUSH }
  switch (name) {
    case 'br':
      return zlib.createBrotliDecompress({
        flush: zlib.constants.BROTLI_OPERATION_FLUSH,
        finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH,
      })
    case 'zstd':
      return zlib.createZstdDecompress({ flush: zlib.constants.ZSTD_e_continue, finishFlush: zlib.constants.ZSTD_e_end })
    case 'deflate':
      // Some servers leave out the header that RFC 9110 asks for.
      return ((first[0] ?? 0) & 0x0f) === 0x08 ? zlib.createInflate(options) : zlib.createInflateRaw(options)
    default:
      return zlib.createGunzip(options)
  }
}

function toStream(chunks: AsyncIterable<Uint8Array>, source: Source): ReadableStream<Uint8Array<ArrayBuffer>> {
  const iterator = chunks[Symbol.asyncIterator]()
  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      try {
        const next = await iterator.next()
        if (next.done !== true) controller.enqueue(new Uint8Array(next.value))
        else {
          controller.close()
          controller.byobRequest?.respond(0)
        }
      } catch (error) {
        const described = source.toError(error)
        source.end()
        throw described
      }
    },
    cancel() {
      source.end()
      // Not waited for: it may have to wait itself for what no longer comes. Its error is the end of the source.
      iterator.return?.().catch(() => {})
    },
  }) as ReadableStream<Uint8Array<ArrayBuffer>>
}

async function* startingWith(first: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) yield next.value
}

function trim(text: string): string {
  return text.trim()
}
