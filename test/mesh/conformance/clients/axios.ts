import { Readable } from 'node:stream'
import axios, { type AxiosResponse } from 'axios'
import { Collector, headersOf, wholeBody, type HttpClient } from './client.ts'

export const axiosClient: HttpClient = {
  kind: 'http',
  name: 'axios',
  abilities: new Set(['large request body', 'streamed request body', 'Expect: 100-continue', 'method OPTIONS']),
  exchange(call) {
    const seen = new Collector(call)
    return seen.during(async () => {
      const { body } = call
      const answer: AxiosResponse<Readable> = await axios.request({
        url: call.url,
        method: call.method ?? 'GET',
        headers: headersOf(call),
        data: body?.kind === 'streamed' ? Readable.from(body.pieces()) : wholeBody(body),
        responseType: 'stream',
        validateStatus: () => true,
        ...(call.signal === undefined ? {} : { signal: call.signal }),
      })
      seen.head(answer.status, answer.statusText, Object.entries(answer.headers))
      for await (const chunk of answer.data) seen.data(chunk as Buffer)
    })
  },
}
