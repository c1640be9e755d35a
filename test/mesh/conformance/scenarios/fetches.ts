import assert from 'node:assert/strict'
import type { Ability } from '../clients/client.ts'
import { seenFetch } from '../clients/fetch.ts'
import { seenError, type Seen } from '../seen.ts'
import type { Route } from '../servers/kind.ts'
import type { Scenario } from './scenario.ts'

// What only fetch has: its objects, its bodies, its modes.

// Of `missing`.
const INTEGRITY = 'sha256-/6Y1g9+mcGuH0oS4aw1pOhYeSECq0sXPa10nw7liH30='

const GET = { method: 'GET' }
const plain = { 'content-type': 'text/plain' }

export const FETCHES: readonly Scenario[] = [
  one('URL object', 'json', (fetch, url) => fetch(new URL(url('/json?q=1'))), status(200)),
  one(
    'form data',
    'echo',
    (fetch, url) => fetch(url('/echo'), { method: 'POST', body: formData() }),
    (seen) => {
      assert.match(seen.body?.text ?? '', /name="a"[^]*name="file"; filename="f.txt"/)
    },
    ['global FormData'],
  ),
  one(
    'URLSearchParams',
    'echo',
    (fetch, url) => fetch(url('/echo'), { method: 'POST', body: new URLSearchParams({ a: '1 2' }) }),
    text('a=1+2'),
  ),
  one('Blob', 'echo', (fetch, url) => fetch(url('/echo'), { method: 'POST', body: new Blob(['a', 'b'], { type: 'x/y' }) }), text('ab')),
  one('ArrayBuffer', 'echo', (fetch, url) => fetch(url('/echo'), { method: 'PUT', headers: plain, body: buffer('abc') }), text('abc')),
  one(
    'part of a buffer',
    'echo',
    (fetch, url) => {
      return fetch(url('/echo'), { method: 'PUT', headers: plain, body: new Uint8Array(buffer('abcdef'), 2, 3) })
    },
    text('cde'),
  ),
  one('text without a type', 'echo', (fetch, url) => fetch(url('/echo'), { method: 'POST', body: 'text' }), text('text')),
  one('empty text', 'echo', (fetch, url) => fetch(url('/echo'), { method: 'POST', headers: plain, body: '' }), status(200)),
  one('method in lower case', 'echo', (fetch, url) => fetch(url('/echo'), { method: 'post', headers: plain, body: 'x' }), text('x')),
  one('redirect: manual', 'redirect', (fetch, url) => fetch(url('/redirect'), { redirect: 'manual' }), status(302)),
  one('redirect: error', 'redirect', (fetch, url) => fetch(url('/redirect'), { redirect: 'error' }), failed('TypeError')),
  one('fragment in the URL', 'path', (fetch, url) => fetch(`${url('/path/x?a=1')}#part`), status(200)),
  one('credentials in the URL', 'json', (fetch, url) => fetch(url('/json').replace('//', '//user:secret@')), failed('TypeError')),
  one('GET with a body', 'json', (fetch, url) => fetch(url('/json'), { ...GET, body: 'no' }), failed('TypeError')),
  one(
    'stream without duplex',
    'echo',
    (fetch, url) => {
      return fetch(url('/echo'), { method: 'POST', body: new Blob(['x']).stream() as never })
    },
    failed('TypeError'),
  ),
  one('invalid header', 'json', (fetch, url) => fetch(url('/json'), { headers: { 'x-bad': 'a\nb' } }), failed('TypeError')),
  one('aborted beforehand', 'json', (fetch, url) => fetch(url('/json'), { signal: AbortSignal.abort() }), failed('AbortError')),
  one(
    'aborted with a reason',
    'json',
    (fetch, url) => fetch(url('/json'), { signal: AbortSignal.abort(new RangeError('mine')) }),
    failed('RangeError'),
  ),
  one('timeout', 'hold', (fetch, url) => fetch(url('/hold'), { signal: AbortSignal.timeout(1_000) }), failed('TimeoutError')),
  one('integrity that holds', 'missing', (fetch, url) => fetch(url('/missing'), { integrity: INTEGRITY }), text('missing')),
  one('integrity that does not', 'json', (fetch, url) => fetch(url('/json'), { integrity: INTEGRITY }), failed('TypeError')),
  one(
    'clone',
    'stream',
    async (fetch, url) => {
      const answer = await fetch(url('/stream'))
      const copy = answer.clone()
      assert.equal(await answer.text(), 'one two three')
      return copy
    },
    text('one two three'),
  ),
  one('json()', 'json', async (fetch, url) => Response.json(await (await fetch(url('/json?q=1'))).json()), status(200)),
  one(
    'blob()',
    'repeated',
    async (fetch, url) => {
      const blob = await (await fetch(url('/repeated'))).blob()
      return new Response(blob.stream(), { headers: { 'x-type': blob.type } })
    },
    text('repeated'),
  ),
  one(
    'read twice',
    'json',
    async (fetch, url) => {
      const answer = await fetch(url('/json'))
      await answer.text()
      return new Response(await answer.text())
    },
    failed('TypeError'),
  ),
  one(
    'body cancelled',
    'half',
    async (fetch, url) => {
      const answer = await fetch(url('/half'))
      await answer.body?.cancel()
      return new Response(null, { status: answer.status })
    },
    status(200),
  ),
]

type Send = (fetch: typeof globalThis.fetch, url: (path: string) => string) => Promise<Response>

function one(name: string, route: Route, send: Send, check: (seen: Seen) => void, abilities: readonly Ability[] = []): Scenario {
  return {
    kind: 'http',
    name: `fetch: ${name}`,
    routes: [route],
    abilities: ['fetch', ...abilities],
    async run({ fetch }, at) {
      if (fetch === undefined) return [{ error: seenError(new TypeError('This client is no fetch'), 'before the head') }]
      return [withoutBoundary(await seenFetch(() => send(fetch, (path) => at.url(path)), { url: '' }))]
    },
    check: ([seen]) => check(seen ?? {}),
  }
}

function status(expected: number) {
  return (seen: Seen) => assert.equal(seen.status, expected)
}

function text(expected: string) {
  return (seen: Seen) => assert.equal(seen.body?.text, expected)
}

function failed(name: string) {
  return (seen: Seen) => assert.equal(seen.error?.name, name)
}

function buffer(text: string): ArrayBuffer {
  return new TextEncoder().encode(text).buffer
}

function formData(): FormData {
  const form = new FormData()
  form.append('a', '1 é')
  form.append('file', new Blob(['content'], { type: 'text/plain' }), 'f.txt')
  return form
}

// Drawn anew for each form.
function withoutBoundary(seen: Seen): Seen {
  const boundary = /boundary=([^"]+)/.exec(seen.headers?.find(([name]) => name === 'content-type')?.[1] ?? '')?.[1]
  if (boundary === undefined) return seen
  const headers = seen.headers?.filter(([name]) => name !== 'etag')
  return JSON.parse(JSON.stringify({ ...seen, headers }).replaceAll(boundary, '<boundary>')) as Seen
}
