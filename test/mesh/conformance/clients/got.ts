import { Readable } from 'node:stream'
import got from 'got'
import { Collector, headersOf, wholeBody, type HttpClient } from './client.ts'
import { pairsOf } from './incoming-message.ts'

export const gotClient: HttpClient = {
  kind: 'http',
  name: 'got',
  // No large bodies: got 16 by itself now and then loses the rest of a response that begins while it still counts its upload.
  abilities: new Set(['streamed request body', 'trailers', 'Expect: 100-continue', 'method OPTIONS']),
  exchange(call) {
    const seen = new Collector(call)
    return seen.during(async () => {
      const { body } = call
      const stream = got.stream(call.url, {
        method: call.method ?? 'GET',
        headers: headersOf(call),
        throwHttpErrors: false,
        retry: { limit: 0 },
        ...(body === undefined ? {} : { body: body.kind === 'streamed' ? Readable.from(body.pieces()) : wholeBody(body) }),
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      })
      stream.on('response', (response) => {
        seen.head(response.statusCode, response.statusMessage ?? null, pairsOf(response.rawHeaders))
        response.on('end', () => seen.trailers(pairsOf(response.rawTrailers)))
      })
      // It takes a body that is written to it, too, and would wait for it.
      if (body === undefined && mayHaveBody(call.method)) stream.end()
      for await (const chunk of stream) seen.data(chunk as Buffer)
    })
  },
}

function mayHaveBody(method: string | undefined): boolean {
  return method !== undefined && method !== 'GET' && method !== 'HEAD'
}
