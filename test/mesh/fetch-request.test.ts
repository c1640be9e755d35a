import { once } from 'node:events'
import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { both, describe, echo, observe } from './fetch-parity.ts'
import { SVC, withService } from './with-service.ts'

// What the mesh's fetch sends, and where redirects lead it.

const calls: Readonly<Record<string, (base: string) => Parameters<typeof fetch>>> = {
  plain: (base) => [`${base}/a%20b?q=1&q=2#part`],
  url: (base) => [new URL(`${base}/x/../y`)],
  request: (base) => [new Request(`${base}/r`, { headers: { 'X-B': '1', 'x-a': '2' } })],
  'request with a body': (base) => [new Request(`${base}/r`, { method: 'POST', body: 'text' })],
  'request and init': (base) => [new Request(`${base}/r`), { method: 'PUT', body: 'other' }],
  head: (base) => [base, { method: 'head' }],
  post: (base) => [base, { method: 'post', body: 'grüße \ud800 ✓' }],
  'empty post': (base) => [base, { method: 'POST' }],
  'empty text': (base) => [base, { method: 'POST', body: '' }],
  json: (base) => [base, { method: 'POST', body: '{"a":1}', headers: { 'Content-Type': 'application/json' } }],
  bytes: (base) => [base, { method: 'PUT', body: new Uint8Array([0, 128, 255]) }],
  'part of a buffer': (base) => [base, { method: 'PUT', body: Buffer.from('abcdef').subarray(2, 4) }],
  'array buffer': (base) => [base, { method: 'PUT', body: new Uint8Array([1, 2]).buffer }],
  form: (base) => [base, { method: 'POST', body: new URLSearchParams({ a: '1 2', b: 'ü' }) }],
  blob: (base) => [base, { method: 'POST', body: new Blob(['blob'], { type: 'text/x' }) }],
  delete: (base) => [base, { method: 'DELETE' }],
  'patch in capitals': (base) => [base, { method: 'PATCH', body: 'x' }],
  'large text': (base) => [base, { method: 'POST', body: 'x'.repeat(100_000) }],
  'headers as pairs': (base) => [
    base,
    {
      headers: [
        ['X-One', '1'],
        ['x-two', '2'],
      ],
    },
  ],
  'headers twice': (base) => [
    base,
    {
      headers: [
        ['x-one', '1'],
        ['X-One', '2'],
      ],
    },
  ],
  'headers object': (base) => [base, { headers: new Headers({ accept: 'text/html', cookie: 'a=b', 'User-Agent': 'me' }) }],
  'odd headers': (base) => [base, { headers: { host: 'other', range: 'bytes=0-1', 'x-space': ' a b ' } }],
  'options without effect': (base) => [base, { credentials: 'include', keepalive: true, mode: 'cors', cache: 'no-store', referrer: '' }],
}

for (const [name, toCall] of Object.entries(calls)) {
  test(`fetch sends the same request over the mesh as over TCP: ${name}`, () =>
    both(echo, async (base, fetch) => {
      const response = await fetch(...toCall(base))
      return observe(response)
    }))
}

test('fetch follows redirects as over TCP', () => {
  const listener: RequestListener = (req, res) => {
    const url = new URL(req.url ?? '/', 'http://x')
    const to = url.searchParams.get('to')
    if (url.pathname === '/loop') res.writeHead(302, { location: '/loop' }).end()
    else if (to === null) echo(req, res)
    else res.writeHead(Number(url.pathname.slice(1)), { location: to }).end('moved')
  }
  return both(listener, async (base, fetch) => {
    const seen: unknown[] = []
    for (const status of [301, 302, 303, 307, 308]) {
      for (const method of ['GET', 'POST', 'HEAD', 'PUT']) {
        const body = method === 'POST' || method === 'PUT' ? 'body' : null
        const headers = { authorization: 'secret', 'content-type': 'text/x', 'x-own': '1' }
        const response = await fetch(`${base}/${status}?to=/end%3Fx=1#part`, { method, body, headers })
        seen.push(await observe(response))
      }
    }
    seen.push(await observe(await fetch(`${base}/302?to=/end`, { redirect: 'manual' })))
    for (const attempt of [
      () => fetch(`${base}/302?to=/end`, { redirect: 'error' }),
      () => fetch(`${base}/loop`),
      () => fetch(`${base}/302?to=ftp:%2F%2Fx/`),
      () => fetch(`${base}/302?to=http:%2F%2F[`),
    ]) {
      seen.push(await attempt().then(observe, describe))
    }
    return seen
  })
})

test('fetch follows a redirect from the mesh to a foreign host', async () => {
  const foreign = createServer((req, res) => res.end(String(req.headers.authorization))).listen(0, '127.0.0.1')
  await once(foreign, 'listening')
  const location = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/`
  await withService(
    (_req, res) => res.writeHead(302, { location }).end(),
    async () => {
      const response = await fetch(SVC, { headers: { authorization: 'secret' } })
      assert.deepEqual([response.url, response.redirected, await response.text()], [location, true, 'undefined'])
    },
  )
  foreign.close()
  foreign.closeAllConnections()
})
