import type { IncomingMessage } from 'node:http'
import { callbackify } from 'node:util'
import superagent from 'superagent'
import { Collector, headersOf, wholeBody, type HttpClient } from './client.ts'
import { seenMessage } from './incoming-message.ts'

export const superagentClient: HttpClient = {
  kind: 'http',
  name: 'superagent',
  abilities: new Set(['large request body', 'trailers', 'method OPTIONS']),
  exchange(call) {
    const seen = new Collector(call)
    return seen.during(async () => {
      const sent = superagent(call.method ?? 'GET', call.url)
        .set(headersOf(call) as Record<string, string>)
        .ok(() => true)
        .buffer(true)
        .parse(callbackify((message: unknown) => seenMessage(message as IncomingMessage, seen)) as never)
      const body = wholeBody(call.body)
      if (body !== undefined) sent.send(body as string)
      const aborted = Promise.withResolvers<never>()
      call.signal?.addEventListener('abort', () => {
        sent.abort()
        // It tells nobody but the listeners of its own event.
        aborted.reject(Object.assign(new Error('aborted by the test'), { name: 'AbortError' }))
      })
      const answer = await Promise.race([sent, aborted.promise])
      // Responses without a body never reach the parser.
      if (answer.status === 204 || answer.status === 304 || call.method === 'HEAD') {
        seen.head(answer.status, null, Object.entries(answer.headers as Record<string, unknown>))
      }
    })
  },
}
