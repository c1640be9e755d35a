import { Readable } from 'node:stream'

const CHUNK_BYTES = 64 * 1024

/** Bytes in fresh chunks, as a file's would be. Every chunk begins with its number, for `BulkCheck`. */
export function bulkSource(totalBytes: number): Readable {
  let sentBytes = 0
  return new Readable({
    highWaterMark: CHUNK_BYTES,
    read() {
      if (sentBytes >= totalBytes) return void this.push(null)
      const chunk = Buffer.allocUnsafeSlow(Math.min(CHUNK_BYTES, totalBytes - sentBytes))
      chunk[0] = markAt(sentBytes)
      sentBytes += chunk.length
      this.push(chunk)
    },
  })
}

/** The same bytes in one piece. */
export function bulkBuffer(totalBytes: number): Buffer {
  const buffer = Buffer.alloc(totalBytes, 1)
  for (let at = 0; at < totalBytes; at += CHUNK_BYTES) buffer[at] = markAt(at)
  return buffer
}

/** Notices chunks that are missing, doubled or out of order, however they were cut on the way, without looking at every byte. */
export class BulkCheck {
  #bytes = 0

  take(chunk: Uint8Array): void {
    const end = this.#bytes + chunk.length
    for (let at = Math.ceil(this.#bytes / CHUNK_BYTES) * CHUNK_BYTES; at < end; at += CHUNK_BYTES) {
      if (chunk[at - this.#bytes] !== markAt(at)) throw new Error(`Wrong data at byte ${at}`)
    }
    this.#bytes = end
  }

  get bytes(): number {
    return this.#bytes
  }
}

function markAt(offset: number): number {
  return (offset / CHUNK_BYTES) & 0xff
}
