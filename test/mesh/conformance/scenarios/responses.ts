import assert from 'node:assert/strict'
import { valuesOf, type Seen } from '../seen.ts'
import { BIG, PIECES } from '../servers/content.ts'
import { oneCall, type Scenario } from './scenario.ts'

// What a handler answers, as the client gets it.

export const RESPONSES: readonly Scenario[] = [
  oneCall('HEAD', {
    routes: ['json'],
    path: '/json?q=1',
    call: { method: 'HEAD' },
    check: (seen) => assert.deepEqual([seen.status, seen.body?.bytes], [200, 0]),
  }),
  oneCall('204', {
    routes: ['empty'],
    path: '/empty',
    check: (seen) => assert.deepEqual([seen.status, seen.body?.bytes], [204, 0]),
  }),
  oneCall('304', {
    routes: ['not-modified'],
    path: '/not-modified',
    check: (seen) => assert.deepEqual([seen.status, valuesOf(seen.headers, 'etag')], [304, ['"abc"']]),
  }),
  oneCall('404', { routes: ['missing'], path: '/missing', check: (seen) => assert.deepEqual([seen.status, text(seen)], [404, 'missing']) }),
  oneCall('set-cookie twice, other headers twice', {
    routes: ['repeated'],
    path: '/repeated',
    check: (seen) => {
      assert.equal(valuesOf(seen.headers, 'set-cookie').length, 2)
      assert.equal(valuesOf(seen.headers, 'x-twice').join(', '), 'one, two')
    },
  }),
  oneCall('header value outside ASCII, empty header value', {
    routes: ['latin1'],
    path: '/latin1',
    // Not the accent itself: undici 6 reads header values as UTF-8.
    check: (seen) =>
      assert.deepEqual([valuesOf(seen.headers, 'x-latin1')[0]?.slice(0, 3), valuesOf(seen.headers, 'x-empty')], ['caf', ['']]),
  }),
  oneCall('reason phrase', { routes: ['reason'], path: '/reason', check: (seen) => assert.equal(seen.status, 299) }),
  oneCall('1 MB', { routes: ['big'], path: '/big', check: (seen) => assert.equal(seen.body?.bytes, BIG.byteLength) }),
  oneCall('streamed without a length', {
    routes: ['stream'],
    path: '/stream',
    check: (seen) => assert.deepEqual([text(seen), valuesOf(seen.headers, 'content-length')], [PIECES.join(''), []]),
  }),
  oneCall('trailers', {
    routes: ['trailers'],
    path: '/trailers',
    check: (seen, client) => {
      assert.equal(text(seen), 'with trailers')
      if (client.abilities.has('trailers')) {
        assert.deepEqual(seen.trailers, [
          ['x-count', '2'],
          ['x-sum', 'abc'],
        ])
      }
    },
  }),
  oneCall('informational responses before the answer', {
    routes: ['early-hints'],
    path: '/early-hints',
    check: (seen) => assert.equal(text(seen), 'hinted'),
  }),
  oneCall('Connection: close', {
    routes: ['close'],
    path: '/close',
    check: (seen) => assert.deepEqual([text(seen), valuesOf(seen.headers, 'x-kept')], ['closing', ['yes']]),
  }),
  oneCall('redirect', {
    routes: ['redirect', 'json'],
    path: '/redirect',
    check: (seen) => assert.ok(seen.status === 302 || text(seen).includes('redirected')),
  }),
  oneCall('redirect of a POST, body and all', {
    routes: ['redirect-kept', 'echo'],
    path: '/redirect-kept',
    call: { method: 'POST', headers: { 'content-type': 'text/plain' }, body: { kind: 'text', text: 'sent again' } },
    check: (seen) => assert.ok(seen.status === 307 || text(seen) === 'sent again'),
  }),
  oneCall('answer before the body was read', {
    routes: ['early'],
    // Leaves out superagent: it keeps no connection, and then it is chance over TCP whether the rest of the body is received.
    abilities: ['streamed request body'],
    path: '/early',
    call: { method: 'POST', headers: { 'content-type': 'text/plain' }, body: { kind: 'bytes', bytes: BIG.subarray(0, 40_000) } },
    check: (seen) => assert.deepEqual([seen.status, text(seen)], [413, 'too much']),
  }),
  oneCall('handler that throws', { routes: ['throw'], path: '/throw', check: (seen) => assert.equal(seen.status, 500) }),
  oneCall('compressed', {
    routes: ['gzip'],
    path: '/gzip',
    call: { headers: { 'accept-encoding': 'gzip' } },
    check: (seen) => assert.ok(seen.body?.bytes === 100_000 || valuesOf(seen.headers, 'content-encoding').includes('gzip')),
  }),
  oneCall('compressed stream', {
    routes: ['gzip'],
    path: '/gzip/stream',
    call: { headers: { 'accept-encoding': 'gzip' } },
    check: (seen) => assert.ok(text(seen) === PIECES.join('') || valuesOf(seen.headers, 'content-encoding').includes('gzip')),
  }),
  oneCall('HEAD of something compressed', {
    routes: ['gzip'],
    path: '/gzip',
    call: { method: 'HEAD', headers: { 'accept-encoding': 'gzip' } },
    check: (seen) => assert.deepEqual([seen.status, seen.body?.bytes], [200, 0]),
  }),
  oneCall('middleware that hears of the end', { routes: ['logged'], path: '/logged', check: (seen) => assert.equal(seen.status, 200) }),
  oneCall('file', {
    routes: ['file'],
    path: '/file',
    check: (seen) => assert.equal(valuesOf(seen.headers, 'content-length')[0], String(seen.body?.bytes)),
  }),
  oneCall('range of a file', {
    routes: ['file'],
    path: '/file',
    call: { headers: { range: 'bytes=0-5' } },
    check: (seen) => assert.deepEqual([seen.status, text(seen)], [206, 'import']),
  }),
  {
    kind: 'http',
    name: 'head before there is a body',
    routes: ['flush', 'release'],
    abilities: [],
    async run(client, at) {
      const headed = Promise.withResolvers<void>()
      const early = client.exchange({ url: at.url('/flush'), onHead: headed.resolve })
      await headed.promise
      const release = await client.exchange({ url: at.url('/release') })
      return [await early, release]
    },
    check: (seen) => assert.deepEqual(seen.map(text), ['the late body', 'released']),
  },
  {
    kind: 'http',
    name: 'conditional request',
    routes: ['etag'],
    abilities: [],
    async run(client, at) {
      const first = await client.exchange({ url: at.url('/etag') })
      const etag = valuesOf(first.headers, 'etag')[0] ?? ''
      return [first, await client.exchange({ url: at.url('/etag'), headers: { 'if-none-match': etag, 'cache-control': 'max-age=0' } })]
    },
    check: (seen) =>
      assert.deepEqual(
        seen.map(({ status }) => status),
        [200, 304],
      ),
  },
  {
    kind: 'http',
    name: 'session',
    routes: ['session'],
    abilities: [],
    async run(client, at) {
      const first = await client.exchange({ url: at.url('/session') })
      const cookie = valuesOf(first.headers, 'set-cookie')[0]?.split(';')[0] ?? ''
      const second = await client.exchange({ url: at.url('/session'), headers: { cookie } })
      return [withoutSignature(first), second]
    },
    check: (seen) => assert.deepEqual(seen.map(text), ['{"views":1}', '{"views":2}']),
  },
]

function text(seen: Seen): string {
  return seen.body?.text ?? ''
}

// It signs the session's id, which is another one for each exchange.
function withoutSignature(seen: Seen): Seen {
  const headers = (seen.headers ?? []).map(([name, value]): [string, string] => [
    name,
    name === 'set-cookie' ? value.replace(/\.[^;]+/, '.signature') : value,
  ])
  return { ...seen, headers }
}
