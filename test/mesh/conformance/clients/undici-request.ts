import { Readable } from 'node:stream'
import { Collector, headersOf, wholeBody, type Call, type HttpClient } from './client.ts'
import type { Undici } from './undici.ts'

export function undiciRequest(undici: Undici, name: string): HttpClient {
  return {
    kind: 'http',
    name,
    abilities: new Set(['large request body', 'streamed request body', 'trailers', 'method OPTIONS', 'informational responses']),
    exchange(call) {
      const seen = new Collector(call)
      return seen.during(async () => {
        const answer = await undici.request(call.url, {
          ...undiciOptions(call),
          onInfo: ({ statusCode }) => seen.informational(statusCode),
        })
        seen.head(answer.statusCode, null, Object.entries(answer.headers))
        for await (const chunk of answer.body) seen.data(chunk as Buffer)
        seen.trailers(Object.entries(answer.trailers))
      })
    },
  }
}

/** What `request`, `stream` and `pipeline` have in common. */
export function undiciOptions(call: Call) {
  const { body, signal } = call
  return {
    method: (call.method ?? 'GET') as 'GET',
    headers: headersOf(call),
    body: body?.kind === 'streamed' ? Readable.from(body.pieces()) : (wholeBody(body) ?? null),
    ...(signal === undefined ? {} : { signal }),
  }
}
