import assert from 'node:assert/strict'
import { valuesOf, type Seen } from '../seen.ts'
import { BIG, LARGE_HEADER, piecesLater, PIECES } from '../servers/content.ts'
import { oneCall, type Scenario } from './scenario.ts'

// What a client sends, as the handler gets it.

const STREAMED = { kind: 'streamed', pieces: () => piecesLater() } as const
const TEXT = { 'content-type': 'text/plain' }

const binary = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

export const REQUESTS: readonly Scenario[] = [
  oneCall('GET with a query', {
    routes: ['json'],
    path: '/json?q=1&q=two%20words',
    check: (seen) => assert.deepEqual(json(seen), { q: ['1', 'two words'], method: 'GET', remoteAddress: true }),
  }),
  oneCall('request headers', {
    routes: ['headers'],
    path: '/headers',
    call: { headers: { 'X-One': '1', 'x-many': ['a', 'b'], cookie: 'a=1; b=2', authorization: 'Bearer abc', 'user-agent': 'suite' } },
    check: (seen) => {
      const got = json(seen) as Record<string, string>
      assert.deepEqual([got['x-one'], got['x-many'], got['cookie'], got['host']], ['1', 'a, b', 'a=1; b=2', 'as addressed'])
    },
  }),
  oneCall("the client's own request headers", {
    routes: ['headers'],
    path: '/headers',
    check: (seen) => assert.equal((json(seen) as Record<string, string>)['host'], 'as addressed'),
  }),
  oneCall('encoded path', {
    routes: ['path'],
    path: '/path/a%20b/%C3%A9/c+d?x=%2F+y&empty=&x=2',
    check: (seen) => assert.equal(json(seen), '/path/a%20b/%C3%A9/c+d?x=%2F+y&empty=&x=2'),
  }),
  oneCall('header of 8,000 characters, both ways', {
    routes: ['large-header'],
    path: '/large-header',
    call: { headers: { 'x-large': LARGE_HEADER } },
    check: (seen) => assert.deepEqual([valuesOf(seen.headers, 'x-got'), valuesOf(seen.headers, 'x-large')], [['8000'], [LARGE_HEADER]]),
  }),
  ...(['POST', 'PUT', 'PATCH', 'DELETE'] as const).map((method) =>
    oneCall(`${method} with text`, {
      routes: ['echo'],
      path: '/echo',
      call: { method, headers: TEXT, body: { kind: 'text', text: 'text with é and €' } },
      check: (seen) => assert.equal(textOf(seen), 'text with é and €'),
    }),
  ),
  oneCall('POST with JSON', {
    routes: ['echo'],
    path: '/echo',
    call: { method: 'POST', headers: { 'content-type': 'application/json' }, body: { kind: 'text', text: '{"a":[1,{"b":null}]}' } },
    check: (seen) => assert.deepEqual(json(seen), { a: [1, { b: null }] }),
  }),
  oneCall('POST with bytes', {
    routes: ['echo'],
    path: '/echo',
    call: { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: { kind: 'bytes', bytes: binary } },
    check: (seen) => assert.equal(seen.body?.text, binary.toString('latin1')),
  }),
  oneCall('POST with a form', {
    routes: ['echo'],
    path: '/echo',
    call: {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: { kind: 'text', text: 'a=1&b=two+words' },
    },
    check: (seen) => assert.equal(textOf(seen), 'a=1&b=two+words'),
  }),
  oneCall('POST without a body', {
    routes: ['echo'],
    path: '/echo',
    call: { method: 'POST', headers: TEXT },
    check: (seen) => assert.deepEqual([seen.status, seen.body?.bytes], [200, 0]),
  }),
  oneCall('POST with 1 MB, echoed', {
    routes: ['echo'],
    abilities: ['large request body'],
    path: '/echo',
    call: { method: 'POST', headers: { 'content-type': 'application/octet-stream' }, body: { kind: 'bytes', bytes: BIG } },
    check: (seen) => assert.equal(seen.body?.bytes, BIG.byteLength),
  }),
  oneCall('POST streamed without a length, echoed as a stream', {
    routes: ['pipe'],
    abilities: ['streamed request body'],
    path: '/pipe',
    call: { method: 'POST', headers: TEXT, body: STREAMED },
    check: (seen) => assert.deepEqual([textOf(seen), valuesOf(seen.headers, 'x-streamed')], [PIECES.join(''), ['chunked']]),
  }),
  oneCall('POST streamed with a length', {
    routes: ['pipe'],
    abilities: ['streamed request body'],
    path: '/pipe',
    call: { method: 'POST', headers: { ...TEXT, 'content-length': String(PIECES.join('').length) }, body: STREAMED },
    check: (seen) => assert.equal(textOf(seen), PIECES.join('')),
  }),
  oneCall('POST of 1 MB in pieces, echoed as a stream', {
    routes: ['pipe'],
    abilities: ['streamed request body', 'large request body'],
    path: '/pipe',
    call: {
      method: 'POST',
      headers: TEXT,
      body: {
        kind: 'streamed',
        pieces: async function* () {
          for (let piece = 0; piece < 4; piece++) yield BIG.subarray(piece, 262_144 + piece)
        },
      },
    },
    check: (seen) => assert.equal(seen.body?.bytes, 4 * 262_144),
  }),
  oneCall('request trailers', {
    routes: ['request-trailers'],
    abilities: ['request trailers', 'streamed request body'],
    path: '/request-trailers',
    call: { method: 'POST', headers: { ...TEXT, trailer: 'X-Sum' }, body: STREAMED, trailers: { 'X-Sum': 'abc' } },
    check: (seen) => assert.deepEqual(json(seen), { trailers: { 'x-sum': 'abc' } }),
  }),
  oneCall('Expect: 100-continue', {
    routes: ['echo'],
    abilities: ['Expect: 100-continue'],
    path: '/echo',
    call: { method: 'POST', headers: { ...TEXT, expect: '100-continue' }, body: { kind: 'text', text: 'expected' } },
    check: (seen) => assert.equal(textOf(seen), 'expected'),
  }),
  oneCall('OPTIONS', {
    routes: ['missing'],
    abilities: ['method OPTIONS'],
    path: '/missing',
    call: { method: 'OPTIONS' },
    check: (seen) => assert.equal(seen.status, 404),
  }),
]

function textOf(seen: Seen): string {
  return Buffer.from(seen.body?.text ?? '', 'latin1').toString('utf8')
}

function json(seen: Seen): unknown {
  return JSON.parse(textOf(seen))
}
