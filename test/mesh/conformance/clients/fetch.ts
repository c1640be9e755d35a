import { Collector, headersOf, wholeBody, type Ability, type Call, type HttpClient } from './client.ts'
import type { Seen } from '../seen.ts'

/** Node's own, or that of an undici. */
export function fetchClient(fetch: typeof globalThis.fetch, name: string, more: readonly Ability[] = []): HttpClient {
  return {
    kind: 'http',
    name,
    fetch,
    abilities: new Set(['large request body', 'streamed request body', 'method OPTIONS', 'fetch', ...more]),
    exchange: (call) => seenFetch(() => fetch(call.url, toInit(call)), call),
  }
}

/** What comes of any use of fetch. */
export function seenFetch(send: () => Promise<Response>, call: Call): Promise<Seen> {
  const seen = new Collector(call)
  return seen.during(async () => {
    const answer = await send()
    const { status, statusText, headers, url, redirected, type, ok } = answer
    seen.head(status, statusText, headers)
    seen.about({ url, redirected, type, ok, hasBody: answer.body !== null, used: answer.bodyUsed })
    if (answer.body !== null) for await (const chunk of answer.body) seen.data(chunk as Uint8Array)
  })
}

function toInit(call: Call): RequestInit {
  const headers = Object.entries(headersOf(call)).flatMap(([name, value]) => [value].flat().map((one): [string, string] => [name, one]))
  const init: RequestInit = { method: call.method ?? 'GET', headers, ...(call.signal === undefined ? {} : { signal: call.signal }) }
  const { body } = call
  if (body === undefined) return init
  if (body.kind !== 'streamed') return { ...init, body: wholeBody(body) as string }
  return { ...init, body: ReadableStream.from(body.pieces()) as never, duplex: 'half' }
}
