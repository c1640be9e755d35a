import { CHUNK_BYTES, TEXT_BYTES } from './protocol.ts'

/** What a stream is told to write: bytes, or text whose every character is one byte. */
export type Piece = Uint8Array | string

/** As the `chunks` of a stream's `_writev`. */
export interface WrittenChunk {
  readonly chunk: Uint8Array | string
  readonly encoding: BufferEncoding
}

export function toPiece(data: Uint8Array | string, encoding: BufferEncoding): Piece {
  if (typeof data !== 'string') return data
  // Of text that is long, bytes are made once and not again for each part.
  if (data.length <= TEXT_BYTES && isOneByte(data, encoding)) return data
  return Buffer.from(data, encoding)
}

/** Few bytes become one piece, so that they leave as one message. */
export function toPieces(chunks: readonly WrittenChunk[]): Piece[] {
  const pieces: Piece[] = []
  let text = ''
  for (const { chunk, encoding } of chunks) {
    const piece = toPiece(chunk, encoding)
    if (text.length + piece.length <= TEXT_BYTES) {
      text += toText(piece)
      continue
    }
    if (text !== '') pieces.push(text)
    text = ''
    pieces.push(piece)
  }
  if (text !== '') pieces.push(text)
  return pieces
}

export function toText(piece: Piece): string {
  return typeof piece === 'string' ? piece : toBytes(piece).toString('latin1')
}

export function toBytes(message: string | Uint8Array): Buffer {
  if (typeof message === 'string') return Buffer.from(message, 'latin1')
  return Buffer.isBuffer(message) ? message : Buffer.from(message.buffer, message.byteOffset, message.byteLength)
}

/** The first part of a piece, as it travels: text, or bytes in memory of their own that can be given away. */
export function cut(piece: Piece, maxBytes: number): { readonly message: string | Uint8Array; readonly rest: Piece | null } {
  const bytes = Math.min(piece.length, maxBytes, CHUNK_BYTES)
  const rest = bytes === piece.length ? null : typeof piece === 'string' ? piece.slice(bytes) : piece.subarray(bytes)
  if (typeof piece === 'string') return { message: piece.slice(0, bytes), rest }
  const part = piece.subarray(0, bytes)
  if (bytes <= TEXT_BYTES) return { message: toText(part), rest }
  // The writer may use its buffer again, and memory of Node's pool must not be detached.
  const message = Buffer.allocUnsafeSlow(bytes)
  message.set(part)
  return { message, rest }
}

function isOneByte(text: string, encoding: BufferEncoding): boolean {
  switch (encoding) {
    case 'latin1':
    case 'binary':
      return true
    case 'utf8':
    case 'utf-8':
    case 'ascii':
      return Buffer.byteLength(text) === text.length
    default:
      return false
  }
}
