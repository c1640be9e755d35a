import { Readable, type Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Collector, wholeBody, type CallBody, type HttpClient } from './client.ts'
import { undiciOptions } from './undici-request.ts'
import type { Undici } from './undici.ts'

export function undiciPipeline(undici: Undici, name: string): HttpClient {
  return {
    kind: 'http',
    name,
    abilities: new Set(['large request body', 'streamed request body', 'method OPTIONS']),
    exchange(call) {
      const seen = new Collector(call)
      return seen.during(async () => {
        const { body: _, ...options } = undiciOptions(call)
        const duplex = undici.pipeline(call.url, options, ({ statusCode, headers, body }) => {
          seen.head(statusCode, null, Object.entries(headers))
          return body
        })
        const sent = call.body?.kind === 'streamed' ? pipeline(Readable.from(call.body.pieces()), duplex) : sendWhole(call.body, duplex)
        await Promise.all([sent, collect(duplex, seen)])
      })
    },
  }
}

// In the turn of the call: undici looks then whether the body is complete and short.
async function sendWhole(body: CallBody | undefined, duplex: Duplex): Promise<void> {
  duplex.end(wholeBody(body))
}

async function collect(duplex: Duplex, seen: Collector): Promise<void> {
  for await (const chunk of duplex) seen.data(chunk as Buffer)
}
