import { request, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { once } from 'node:events'
import { Collector, headersOf, wholeBody, type HttpClient } from './client.ts'
import { seenMessage } from './incoming-message.ts'

export const nodeHttp: HttpClient = {
  kind: 'http',
  name: 'node:http',
  abilities: new Set([
    'large request body',
    'streamed request body',
    'trailers',
    'Expect: 100-continue',
    'method OPTIONS',
    'informational responses',
    'request trailers',
  ]),
  exchange(call) {
    const seen = new Collector(call)
    return seen.during(async () => {
      const { body, signal } = call
      const whole = body?.kind === 'streamed' ? undefined : wholeBody(body)
      // Node does not add it to methods that seldom have a body.
      const length = whole === undefined ? {} : { 'content-length': String(Buffer.byteLength(whole)) }
      const outgoing = request(call.url, {
        method: call.method ?? 'GET',
        headers: { ...headersOf(call), ...length },
        ...(signal === undefined ? {} : { signal }),
      })
      const answered = Promise.withResolvers<IncomingMessage>()
      outgoing.on('response', answered.resolve).on('error', answered.reject)
      outgoing.on('information', ({ statusCode }) => seen.informational(statusCode))
      outgoing.on('continue', () => seen.informational(100))
      if (call.headers?.['expect'] !== undefined) {
        outgoing.flushHeaders()
        await Promise.race([once(outgoing, 'continue'), answered.promise])
      }
      // A body that breaks off is told by the request itself.
      if (call.trailers !== undefined) outgoing.addTrailers(call.trailers)
      if (body?.kind === 'streamed') void pipeline(Readable.from(body.pieces()), outgoing).catch(answered.reject)
      else outgoing.end(whole)
      await seenMessage(await answered.promise, seen)
    })
  },
}
