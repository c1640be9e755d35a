import assert from 'node:assert/strict'
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { inspect } from 'node:util'
import { request } from 'undici'
import { Sweeper } from '../../src/mesh/client/sweeper.ts'
import { Flusher } from '../../src/mesh/flusher.ts'
import { PortChannel, createLine } from '../../src/mesh/port-channel.ts'
import { both } from './fetch-parity.ts'
import { handled, SVC, withService } from './with-service.ts'

// What callers and handlers do wrong stays their own affair.

test('a request that cannot be cloned fails alone, whatever is sent beside it', () =>
  withService(
    (req, res) => res.end(req.url),
    async () => {
      const odd = [
        async () => request(SVC, { method: (() => {}) as unknown as 'GET' }),
        async () => request(SVC, { path: Symbol('x') } as never),
        async () => request(`${SVC}/x`, { headers: { 'x-a': Symbol('x') as unknown as string } }),
      ].map((send) =>
        send().then(
          async ({ body }) => body.text(),
          (error: Error) => error.name,
        ),
      )
      const good = Array.from({ length: 12 }, async (_, i) => (await request(`${SVC}/${i}`)).body.text())
      assert.deepEqual(
        await Promise.all(good),
        Array.from({ length: 12 }, (_, i) => `/${i}`),
      )
      await Promise.all(odd)
      assert.equal(await (await fetch(`${SVC}/after`)).text(), '/after')
    },
  ))

test('PortChannel sends what can be cloned of a batch, in its order and with its count', async () => {
  const { near, far } = createLine()
  const flusher = new Flusher()
  const received: unknown[] = []
  const all = Promise.withResolvers<void>()
  const receiver = {
    onFrame: (frame: unknown) => void (received.push(frame) === 3 && all.resolve()),
    onRevoked: () => {},
    onClosed: () => {},
  }
  const target = new PortChannel(far, { side: 'target', flusher, receiver })
  far.port.ref()
  const caller = new PortChannel(near, {
    side: 'caller',
    flusher,
    receiver: { onFrame: () => {}, onRevoked: () => {}, onClosed: () => {} },
  })
  caller.send([2, 1])
  const bad = caller.send([4, 2, (() => {}) as unknown as 'MESHRT_MESH_ABORTED', ''])
  const last = caller.send([2, 3])
  caller.flush()
  await all.promise
  assert.deepEqual(received, [
    [2, 1],
    [0, 2],
    [2, 3],
  ])
  assert.ok(caller.wasTaken(bad) && caller.wasTaken(last))
  caller.close()
  target.close()
})

test('a status message that is no text arrives as Node would write it', () =>
  both(
    (_req, res) => {
      Object.assign(res, { statusMessage: 404 }).end()
    },
    async (base, fetch) => (await fetch(base)).statusText,
  ))

const compressed: Readonly<Record<string, RequestListener>> = {
  silent: (_req, res) => {
    res.on('close', () => handled.emit('closed'))
    res.writeHead(200, { 'content-encoding': 'gzip' })
    const gzip = zlib.createGzip()
    gzip.pipe(res)
    gzip.write('first')
    gzip.flush()
  },
  corrupt: (_req, res) => {
    res.on('close', () => handled.emit('closed'))
    res.writeHead(200, { 'content-encoding': 'gzip' }).write('this is not gzip')
  },
}

test('fetch: cancelling a body that is being decoded ends the request, also while a read waits', () =>
  both(compressed['silent'] ?? (() => {}), async (base, fetch) => {
    const closed = once(handled, 'closed')
    const reader = (await fetch(base)).body?.getReader()
    const first = await reader?.read()
    const waiting = reader?.read()
    await reader?.cancel()
    await closed
    return [Buffer.from(first?.value ?? []).toString(), (await waiting)?.done]
  }))

test('fetch: a body that cannot be decoded fails as over TCP, and ends the request', () =>
  both(compressed['corrupt'] ?? (() => {}), async (base, fetch) => {
    const closed = once(handled, 'closed')
    const failed = await (await fetch(base)).text().then(
      () => 'no error',
      (error: Error) => [error.name, error.message, (error.cause as Error).message],
    )
    await closed
    return failed
  }))

test('fetch: a view that is filled in part fails its read, and nothing else', () =>
  both(
    (_req, res) => {
      res.write('abc')
      setImmediate(() => res.end())
    },
    async (base, fetch) => {
      const reader = (await fetch(base)).body?.getReader({ mode: 'byob' })
      return reader?.read(new Uint32Array(4)).then(
        () => 'no error',
        (error: Error) => error.name,
      )
    },
  ))

test('a response that has been read can be looked at', () =>
  both(
    (_req, res) => res.end('text'),
    async (base, fetch) => {
      const response = await fetch(base)
      await response.text()
      assert.match(inspect(response), /bodyUsed: true/)
      const twice = await response.json().then(
        () => 'no error',
        (error: Error) => [error.name, error.message],
      )
      return [response.body instanceof ReadableStream, response.body?.locked, response.bodyUsed, twice]
    },
  ))

test('fetch: odd redirects are as over TCP', () =>
  both(
    (req, res) => {
      if (req.url === '/none') res.writeHead(302).end()
      else if (req.url === '/utf8') res.writeHead(302, { location: Buffer.from('/café').toString('latin1') }).end()
      else res.end(req.url)
    },
    async (base, fetch) => [
      await fetch(`${base}/none`, { redirect: 'error' }).then(
        () => 'no error',
        (error: Error) => error.message,
      ),
      (await fetch(`${base}/none`)).status,
      await (await fetch(`${base}/utf8`)).text(),
    ],
  ))

test('fetch: a signal that has been aborted before cancels the body that nobody will read', () =>
  both(
    (_req, res) => res.end(),
    async (base, fetch) => {
      let cancelled = 0
      const body = new ReadableStream({ cancel: () => void cancelled++ }) as unknown as NonNullable<RequestInit['body']>
      await assert.rejects(fetch(base, { method: 'POST', body, duplex: 'half', signal: AbortSignal.abort() }))
      return cancelled
    },
  ))

test('fetch: headers from an iterator are sent, whoever sends them', () =>
  both(
    (req, res) => res.end(`${String(req.headers['x-a'])} ${String(req.headers.range)}`),
    async (base, fetch) => {
      const headers = new Map([
        ['x-a', '1'],
        ['range', 'bytes=0-1'],
      ])
      return (await fetch(base, { headers: headers.entries() as unknown as NonNullable<RequestInit['headers']> })).text()
    },
  ))

test('a body whose memory was given away while it waited ends that body only', () =>
  withService(
    (_req, res) => {
      res.write('begun')
      setImmediate(() => {
        const bytes = new Uint8Array(1_000)
        res.write(bytes)
        structuredClone(bytes, { transfer: [bytes.buffer] })
      })
    },
    async () => {
      await assert.rejects((await fetch(SVC)).text())
      assert.equal((await fetch(SVC)).status, 200)
    },
  ))

test('the deadline of a request keeps nothing of its caller alive', () => {
  const context = new AsyncLocalStorage<string>()
  const seen: (string | undefined)[] = []
  const clock = { nowMs: () => performance.now(), epochMs: () => Date.now(), schedule: () => (seen.push(context.getStore()), () => {}) }
  const sweeper = new Sweeper(clock, [])
  context.run('store', () => sweeper.expect(clock.nowMs() + 1_000))
  assert.deepEqual(seen, [undefined])
})
