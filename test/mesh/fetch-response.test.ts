import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { both, describe, observe, original } from './fetch-parity.ts'
import { handled, SVC, withService } from './with-service.ts'

// What the mesh's fetch makes of a response, and of an error.

const answers: Readonly<Record<string, RequestListener>> = {
  'text with a byte order mark': (_req, res) => res.end('\ufefftext ✓'),
  'lone surrogate': (_req, res) => res.end('a\ud800b'),
  binary: (_req, res) => res.end(Buffer.from([0, 255, 128, 195])),
  'no content': (_req, res) => res.writeHead(204).end(),
  'not modified': (_req, res) => res.writeHead(304, { etag: '"x"' }).end(),
  'own status text': (_req, res) => res.writeHead(299, 'Quite Fine').end('x'),
  'server error': (_req, res) => res.writeHead(503).end('broken'),
  cookies: (_req, res) => res.writeHead(200, { 'set-cookie': ['a=1', 'b=2'], 'x-many': ['1', '2'] }).end(),
  streamed: (_req, res) => {
    res.write('one')
    setImmediate(() => res.end('two'))
  },
  large: (_req, res) => res.end('y'.repeat(200_000)),
  gzip: (_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync('zipped')),
  'gzip, streamed': (_req, res) => {
    res.writeHead(200, { 'content-encoding': 'x-gzip' })
    const gzip = zlib.createGzip()
    gzip.pipe(res)
    gzip.write('a'.repeat(100_000))
    gzip.flush(() => gzip.end('end'))
  },
  deflate: (_req, res) => res.writeHead(200, { 'content-encoding': 'deflate' }).end(zlib.deflateSync('deflated')),
  'raw deflate': (_req, res) => res.writeHead(200, { 'content-encoding': 'deflate' }).end(zlib.deflateRawSync('deflated')),
  brotli: (_req, res) => res.writeHead(200, { 'content-encoding': 'br' }).end(zlib.brotliCompressSync('brotli')),
  twice: (_req, res) => res.writeHead(200, { 'content-encoding': 'deflate, gzip' }).end(zlib.gzipSync(zlib.deflateSync('twice'))),
  'unknown encoding': (_req, res) => res.writeHead(200, { 'content-encoding': 'rot13' }).end('uryyb'),
  'encoded, but empty': (_req, res) => res.writeHead(200, { 'content-encoding': 'gzip' }).end(),
}

for (const [name, listener] of Object.entries(answers)) {
  test(`fetch reads the same response from the mesh as from TCP: ${name}`, () =>
    both(listener, async (base, fetch) => observe(await fetch(base))))
}

const GET_WITH_A_BODY = { method: 'GET', body: 'x' }

const misuses: Readonly<Record<string, (base: string, fetch: typeof original) => Promise<unknown>>> = {
  'bad method': (base, fetch) => fetch(base, { method: 'A B' }),
  'connect method': (base, fetch) => fetch(base, { method: 'CONNECT' }),
  'body with GET': (base, fetch) => fetch(base, { ...GET_WITH_A_BODY }),
  'bad header name': (base, fetch) => fetch(base, { headers: { 'a b': '1' } }),
  'bad header value': (base, fetch) => fetch(base, { headers: { a: 'x\ny' } }),
  'bad signal': (base, fetch) => fetch(base, { signal: {} as AbortSignal }),
  'bad redirect': (base, fetch) => fetch(base, { redirect: 'sometimes' as 'follow' }),
  'aborted before': (base, fetch) => fetch(base, { signal: AbortSignal.abort() }),
  'aborted before, with a reason': (base, fetch) => fetch(base, { signal: AbortSignal.abort('why') }),
  'read twice': async (base, fetch) => {
    const response = await fetch(base)
    await response.text()
    assert.ok(response.bodyUsed)
    return response.text()
  },
  'clone after reading': async (base, fetch) => {
    const response = await fetch(base)
    await response.text()
    return response.clone()
  },
  'not JSON': async (base, fetch) => (await fetch(base)).json(),
  'headers cannot be changed': async (base, fetch) => (await fetch(base)).headers.set('a', 'b'),
}

for (const [name, misuse] of Object.entries(misuses)) {
  test(`fetch fails over the mesh as over TCP: ${name}`, () =>
    both(
      (_req, res) => res.end('text'),
      (base, fetch) => misuse(base, fetch).then(() => 'no error', describe),
    ))
}

test('a response of the mesh can be read in every way, and cloned', () =>
  both(
    (req, res) => {
      res.setHeader('content-type', req.url === '/form' ? 'application/x-www-form-urlencoded' : 'application/json')
      if (req.url === '/streamed') res.write('{"a"')
      setImmediate(() => res.end(req.url === '/form' ? 'a=1&b=2' : req.url === '/streamed' ? ':1}' : '{"a":1}'))
    },
    async (base, fetch) => {
      const seen: unknown[] = []
      for (const path of ['/', '/streamed']) {
        const get = () => fetch(base + path)
        seen.push(await (await get()).json())
        seen.push([...new Uint8Array(await (await get()).arrayBuffer())])
        seen.push([...(await (await get()).bytes())])
        const blob = await (await get()).blob()
        seen.push(blob.type, await blob.text())
        const chunks: number[] = []
        const streamed = await get()
        assert.ok(streamed.body)
        for await (const chunk of streamed.body) chunks.push(...(chunk as Uint8Array))
        seen.push(chunks, streamed.bodyUsed)
        const first = await get()
        const second = first.clone()
        const third = second.clone()
        seen.push(await first.text(), await second.json(), await third.text(), second.status, second.url, third.bodyUsed)
        const wrapped = await get()
        seen.push(await new Response(wrapped.body, wrapped).text())
        seen.push(wrapped instanceof Response, wrapped.headers instanceof Headers, Object.prototype.toString.call(wrapped))
        const byob = (await get()).body?.getReader({ mode: 'byob' })
        const piece = await byob?.read(new Uint8Array(3))
        seen.push([...(piece?.value ?? [])])
        await byob?.cancel()
      }
      const form = await (await fetch(`${base}/form`)).formData()
      seen.push([...form])
      return seen
    },
  ))

test('fetch: an abort reaches the handler, before the head and in the body, and the caller gets its reason', () =>
  both(
    (req, res) => {
      res.on('close', () => handled.emit('closed'))
      if (req.url === '/half') res.write('half')
      handled.emit('handling')
    },
    async (base, fetch) => {
      const seen: unknown[] = []
      for (const reason of [undefined, new Error('enough'), 'a text']) {
        for (const path of ['/wait', '/half']) {
          const abort = new AbortController()
          const handling = once(handled, 'handling')
          const closed = once(handled, 'closed')
          const pending = fetch(base + path, { signal: abort.signal })
          await handling
          if (path === '/wait') {
            abort.abort(reason)
            seen.push(await pending.then(() => 'no error', describe))
          } else {
            const response = await pending
            const reading = response.text()
            abort.abort(reason)
            seen.push(await reading.then(() => 'no error', describe))
          }
          await closed
        }
      }
      return seen
    },
  ))

test('fetch: cancelling the body ends the request', () =>
  both(
    (_req, res) => {
      res.on('close', () => handled.emit('closed'))
      res.write('half')
    },
    async (base, fetch) => {
      const closed = once(handled, 'closed')
      const response = await fetch(base)
      await response.body?.cancel()
      await closed
      return response.bodyUsed
    },
  ))

test('fetch: a body that breaks off fails as over TCP, and so does a refused response', () =>
  both(
    (req, res) => {
      if (req.url === '/none') res.destroy()
      else res.write('half', () => res.destroy())
    },
    async (base, fetch) => {
      const none = await fetch(`${base}/none`).then(() => 'no error', describe)
      const half = await (await fetch(`${base}/half`)).text().then(() => 'no error', describe)
      return [none, half]
    },
  ))

test('fetch leaves it to the original when somebody has put in a dispatcher of his own', () =>
  withService(
    (_req, res) => res.end('from the mesh'),
    async () => {
      const slots = globalThis as unknown as Record<symbol, unknown>
      const slot = Symbol.for(`undici.globalDispatcher.${Number.parseInt(process.versions['undici'] ?? '', 10) >= 8 ? 2 : 1}`)
      const before = slots[slot]
      const asked: string[] = []
      slots[slot] = {
        dispatch: (options: { readonly path: string }) => {
          asked.push(options.path)
          throw new Error('mocked')
        },
      }
      await assert.rejects(fetch(`${SVC}/mock`))
      slots[slot] = before
      assert.deepEqual(asked, ['/mock'])
      assert.equal(await (await fetch(SVC)).text(), 'from the mesh')
    },
  ))

test('fetch: the replaced function looks like the original, and uninstalling puts that back', async () => {
  await withService(
    (_req, res) => res.end(),
    async () => {
      assert.deepEqual([fetch.name, fetch.length], [original.name, original.length])
    },
  )
  assert.equal(globalThis.fetch, original)
})
