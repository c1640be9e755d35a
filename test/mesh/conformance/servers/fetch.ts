import { adaptFetch } from '../../../../src/worker/adapt/fetch.ts'
import { idOf } from '../journal.ts'
import { BIG, EVENTS, headersAnswer, jsonAnswer, LARGE_HEADER, pathAnswer, piecesLater, PIECES, redirectTarget } from './content.ts'
import { BASIC_ROUTES, type Note, type Route, type ServerKind } from './kind.ts'

/** An object with `fetch(request)`: nothing but the web's own objects. */
export const fetchHandler: ServerKind = {
  name: 'fetch handler',
  routes: new Set([...BASIC_ROUTES, 'throw']),
  create: async (note) => adaptFetch({ fetch: (request: Request) => answerWebRequest(request, note) }),
}

export async function answerWebRequest(request: Request, note: Note): Promise<Response> {
  const handler = HANDLERS[new URL(request.url).pathname.split('/')[1] as Route]
  return handler === undefined ? new Response('missing', { status: 404 }) : handler(request, note)
}

const HANDLERS: Partial<Readonly<Record<Route, (request: Request, note: Note) => Response | Promise<Response>>>> = {
  json: (request) =>
    Response.json(jsonAnswer({ url: request.url, method: request.method, remoteAddress: (request as { ip?: string }).ip })),
  headers: (request) => Response.json(headersAnswer(request.headers)),
  path: (request) => Response.json(pathAnswer(request.url.replace(/^http:\/\/[^/]+/, ''))),
  echo: async (request) => {
    const headers = {
      'content-type': request.headers.get('content-type') ?? 'none',
      'x-length': request.headers.get('content-length') ?? 'none',
    }
    return new Response(await request.arrayBuffer(), { headers })
  },
  pipe: (request) => new Response(request.body, { headers: { 'x-streamed': request.headers.get('transfer-encoding') ?? 'no' } }),
  empty: () => new Response(null, { status: 204 }),
  'not-modified': () => new Response(null, { status: 304, headers: { etag: '"abc"' } }),
  repeated: () => {
    const headers = new Headers({ 'x-twice': 'one', vary: 'Accept, Origin' })
    headers.append('x-twice', 'two')
    headers.append('set-cookie', 'a=1; Path=/')
    headers.append('set-cookie', 'b=2; HttpOnly')
    return new Response('repeated', { headers })
  },
  big: () => new Response(BIG),
  stream: () => new Response(toStream(PIECES)),
  sse: () =>
    new Response(
      toStream(EVENTS, () => new Promise(() => {})),
      { headers: { 'content-type': 'text/event-stream' } },
    ),
  redirect: (request) => new Response('elsewhere', { status: 302, headers: { location: redirectTarget(request.url, '/json') } }),
  'redirect-kept': (request) => new Response(null, { status: 307, headers: { location: redirectTarget(request.url, '/echo') } }),
  early: () => new Response('too much', { status: 413 }),
  latin1: () => new Response('latin1', { headers: { 'x-latin1': 'caf\xe9', 'x-empty': '' } }),
  'large-header': (request) =>
    new Response(null, { headers: { 'x-large': LARGE_HEADER, 'x-got': String(request.headers.get('x-large')?.length) } }),
  hold: (request, note) => {
    note(idOf(request.url), 'held')
    return new Promise<never>(() => {})
  },
  half: () => new Response(toStream(['half'], () => new Promise(() => {}))),
  break: () => new Response(toStream(['half'], breakLater)),
  throw: () => {
    throw new Error('thrown on purpose')
  },
}

/** The pieces, then whatever `then` does. */
function toStream(pieces: readonly string[], then: () => Promise<void> = async () => {}): ReadableStream<Uint8Array> {
  return ReadableStream.from(
    (async function* () {
      yield* piecesLater(pieces)
      await then()
    })(),
  )
}

async function breakLater(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  throw new Error('broken on purpose')
}
