import { Collector, headersOf, wholeBody, type Call, type HttpClient } from './client.ts'

/** Node's own, or that of an undici. */
export function fetchClient(fetch: typeof globalThis.fetch, name: string): HttpClient {
  return {
    kind: 'http',
    name,
    abilities: new Set(['large request body', 'streamed request body', 'method OPTIONS']),
    exchange(call) {
      const seen = new Collector(call)
      return seen.during(async () => {
        const answer = await fetch(call.url, toInit(call))
        seen.head(answer.status, answer.statusText, answer.headers)
        if (answer.body !== null) for await (const chunk of answer.body) seen.data(chunk as Uint8Array)
      })
    },
  }
}

function toInit(call: Call): RequestInit {
  const headers = Object.entries(headersOf(call)).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]))
  const init: RequestInit = { method: call.method ?? 'GET', headers, ...(call.signal === undefined ? {} : { signal: call.signal }) }
  const { body } = call
  if (body === undefined) return init
  if (body.kind !== 'streamed') return { ...init, body: wholeBody(body) as string }
  return { ...init, body: ReadableStream.from(body.pieces()) as never, duplex: 'half' }
}
