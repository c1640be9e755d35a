import { Writable } from 'node:stream'
import { Collector, type HttpClient } from './client.ts'
import { undiciOptions } from './undici-request.ts'
import type { Undici } from './undici.ts'

export function undiciStream(undici: Undici, name: string): HttpClient {
  return {
    kind: 'http',
    name,
    abilities: new Set(['large request body', 'streamed request body', 'trailers', 'method OPTIONS']),
    exchange(call) {
      const seen = new Collector(call)
      return seen.during(async () => {
        const { trailers } = await undici.stream(call.url, undiciOptions(call), ({ statusCode, headers }) => {
          seen.head(statusCode, null, Object.entries(headers))
          return new Writable({
            write(chunk: Buffer, _encoding, done) {
              seen.data(chunk)
              done()
            },
          })
        })
        seen.trailers(Object.entries(trailers))
      })
    },
  }
}
