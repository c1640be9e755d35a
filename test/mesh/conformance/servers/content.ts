import { isIP } from 'node:net'
import { NOT_COMPARED } from '../seen.ts'

/** What the routes answer, the same in every kind of server. */

export const BIG = Buffer.alloc(1_048_576, 'The quick brown fox jumps over the lazy dog. ')

export const LARGE_HEADER = 'v'.repeat(8_000)

export const EVENTS = ['id: 1\ndata: one\n\n', 'event: tick\nid: 2\ndata: two\ndata: lines\n\n', ': a comment\n\ndata: three\n\n'] as const

export const PIECES = ['one ', 'two ', 'three'] as const

/** Turn by turn, so that they leave one by one. */
export async function* piecesLater(pieces: readonly string[] = PIECES): AsyncGenerator<Buffer> {
  for (const piece of pieces) {
    await new Promise(setImmediate)
    yield Buffer.from(piece)
  }
}

export function jsonAnswer(request: { readonly url: string; readonly method: string; readonly remoteAddress: string | undefined }) {
  const { searchParams } = new URL(request.url, 'http://x')
  return { q: searchParams.getAll('q'), method: request.method, remoteAddress: isIP(request.remoteAddress ?? '') > 0 }
}

/** The headers as the handler got them. The host is another one for each transport, and must be the one that was asked for. */
export function headersAnswer(headers: Iterable<readonly [string, unknown]>) {
  const kept: Record<string, unknown> = {}
  for (const [name, value] of [...headers].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (name === 'host') kept[name] = /^(?:127\.0\.0\.1:\d+|[a-z0-9]+\.plt\.local)$/.test(String(value)) ? 'as addressed' : value
    // undici 8 sends it to loopback addresses and over https only.
    else if (!NOT_COMPARED.has(name) && name !== 'sec-fetch-mode') kept[name] = value
  }
  return kept
}

/** The path as the handler got it, without the id, which is another one for each exchange. */
export function pathAnswer(url: string): string {
  return url.replace(/[?&]id=[^&]+/, '')
}

/** Where `redirect` sends one, with the id. */
export function redirectTarget(url: string, path: string): string {
  return `${path}?q=redirected&id=${new URL(url, 'http://x').searchParams.get('id')}`
}
