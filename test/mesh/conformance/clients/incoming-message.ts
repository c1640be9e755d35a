import type { IncomingMessage } from 'node:http'
import type { Collector } from './client.ts'

/** For the clients that are built upon node:http. */
export async function seenMessage(message: IncomingMessage, seen: Collector): Promise<void> {
  seen.head(message.statusCode ?? 0, message.statusMessage ?? null, pairsOf(message.rawHeaders))
  for await (const chunk of message) seen.data(chunk as Buffer)
  seen.trailers(pairsOf(message.rawTrailers))
}

export function* pairsOf(flat: readonly string[]): Generator<readonly [string, string]> {
  for (let i = 0; i < flat.length; i += 2) yield [flat[i] ?? '', flat[i + 1] ?? '']
}
