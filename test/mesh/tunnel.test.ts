import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import { AsyncLocalStorage } from 'node:async_hooks'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { answerOf, ask } from './http-client.ts'
import { handled, SVC, withService } from './with-service.ts'

// node:http through the byte tunnel: what a server's real parser and a client's real socket do.

const big = Buffer.alloc(3_000_000, 'abcdefg')

test('node:http reaches a service with any agent, whatever the case and port of its host', () =>
  withService(
    (req, res) => res.end(`${req.method} ${req.url}`),
    async () => {
      for (const agent of [undefined, false as const, new http.Agent(), new http.Agent({ keepAlive: true })]) {
        const options = { host: 'SVC.Plt.Local.', port: 9, path: '/a?b=c', ...(agent === undefined ? {} : { agent }) }
        assert.equal((await ask(options)).body, 'GET /a?b=c')
      }
      assert.equal((await ask(SVC)).body, 'GET /')
    },
  ))

test('a tunnel serves one request, also when the handler says keep-alive, and its socket is gone then', () =>
  withService(
    (req, res) => {
      if (req.url === '/explicit') res.setHeader('Connection', 'keep-alive').setHeader('Keep-Alive', 'timeout=5')
      res.end('x')
    },
    async () => {
      const agent = new http.Agent({ keepAlive: true })
      for (const path of ['/', '/explicit', '/']) {
        const { headers, socket } = await ask({ host: 'svc.plt.local', path, agent })
        assert.equal(headers.connection, 'close')
        if (!socket.closed) await once(socket, 'close')
      }
      assert.deepEqual(Object.values(agent.freeSockets), [])
      assert.deepEqual(Object.values(agent.sockets), [])
    },
  ))

test('each tunnelled request is counted once: in flight while it runs, done before the caller can know', () =>
  withService(
    (req, res) => {
      if (req.url === '/') res.end()
      else handled.emit('held', res)
    },
    async ({ served: { row } }) => {
      const held = once(handled, 'held')
      const slow = ask(`${SVC}/held`)
      const [res] = (await held) as [ServerResponse]
      await ask(SVC)
      assert.equal(row.inFlight, 1)
      res.end('x'.repeat(100_000))
      await slow
      assert.equal(row.inFlight, 0)
      const { requests, latency } = row.read()
      assert.equal(requests, 2)
      assert.equal(
        latency.reduce((sum, count) => sum + count, 0),
        2,
      )
    },
  ))

test('bodies of any size and encoding go both ways through a tunnel', () =>
  withService(
    (req, res) => void req.pipe(res),
    async () => {
      for (const body of ['', 'x', 'ä€😀', 'x'.repeat(70_000), '€'.repeat(70_000)]) {
        assert.equal((await ask({ host: 'svc.plt.local', method: 'POST' }, body)).body, body)
      }
      assert.equal((await ask({ host: 'svc.plt.local', method: 'PUT' }, big)).body, big.toString())
      const chunked = http.request(SVC, { method: 'POST' })
      Readable.from(['a', big, 'b', '', 'c']).pipe(chunked)
      assert.equal((await answerOf(chunked)).body, `a${big.toString()}bc`)
      assert.equal((await ask({ host: 'svc.plt.local', method: 'HEAD' })).body, '')
    },
  ))

test('a handler that reads nothing makes the uploader of a tunnel wait, and a client that reads nothing the handler', () =>
  withService(
    (req, res) => {
      handled.once('go', () => req.pipe(res))
      handled.emit('arrived')
    },
    async () => {
      let pulled = 0
      const source = Readable.from(
        (function* () {
          for (; pulled < 500; pulled++) yield Buffer.alloc(65_536)
        })(),
      )
      const arrived = once(handled, 'arrived')
      const req = source.pipe(http.request(SVC, { method: 'POST' }))
      await arrived
      for (let i = 0; i < 100; i++) await turn()
      assert.ok(pulled < 60, `pulled ${pulled} chunks that nobody had read`)
      handled.emit('go')
      const [res] = (await once(req, 'response')) as [IncomingMessage]
      for (let i = 0; i < 100; i++) await turn()
      assert.ok(pulled < 150, `pulled ${pulled} chunks that nobody had read`)
      let bytes = 0
      for await (const chunk of res) bytes += (chunk as Buffer).length
      assert.equal(bytes, 500 * 65_536)
    },
  ))

test('a client that aborts is seen by the handler, before and after the headers', () =>
  withService(
    (req, res) => {
      req.on('error', () => {})
      res.on('close', () => handled.emit('closed', res.writableFinished))
      if (req.url === '/half') res.write('half')
      handled.emit('arrived')
    },
    async ({ served }) => {
      const arrived = once(handled, 'arrived')
      const req = http.get(SVC).on('error', () => {})
      await arrived
      const closed = once(handled, 'closed')
      req.destroy()
      assert.deepEqual(await closed, [false])
      const half = http.get(`${SVC}/half`)
      const [res] = (await once(half, 'response')) as [IncomingMessage]
      const closedAgain = once(handled, 'closed')
      res.destroy()
      assert.deepEqual(await closedAgain, [false])
      assert.equal(served.row.inFlight, 0)
    },
  ))

test('a handler that destroys its response is a reset connection for the client, as over TCP', () =>
  withService(
    (req, res) => {
      if (req.url === '/none') res.destroy()
      else res.write('half', () => res.destroy())
    },
    async () => {
      await assert.rejects(ask(`${SVC}/none`), { code: 'ECONNRESET', message: 'socket hang up' })
      await assert.rejects(ask(`${SVC}/half`), { code: 'ECONNRESET', message: 'aborted' })
    },
  ))

test('informational responses, Expect: 100-continue and trailers pass through a tunnel', () =>
  withService(
    (req, res) => {
      res.writeEarlyHints({ link: '</a.css>; rel=preload' })
      res.setHeader('Trailer', 'x-sum')
      res.write('body')
      req.resume().on('end', () => {
        res.addTrailers({ 'x-sum': req.trailers['x-sent'] ?? '' })
        res.end()
      })
    },
    async () => {
      const seen: string[] = []
      const req = http.request(SVC, { method: 'POST', headers: { expect: '100-continue', trailer: 'x-sent' } })
      req.on('information', ({ statusCode }: { statusCode: number }) => seen.push(String(statusCode)))
      req.on('continue', () => {
        req.addTrailers({ 'x-sent': '42' })
        req.end('body')
      })
      req.flushHeaders()
      const [res] = (await once(req, 'response')) as [IncomingMessage]
      await once(res.resume(), 'end')
      assert.deepEqual(seen, ['100', '103'])
      assert.equal(res.trailers['x-sum'], '42')
    },
  ))

test('timeouts of the request and of the server fire', () =>
  withService(
    (req, res) => {
      if (req.url === '/server') res.setTimeout(20, () => res.writeHead(408).end())
    },
    async () => {
      const req = http.get(SVC, { timeout: 20 })
      await once(req, 'timeout')
      req.on('error', () => {}).destroy()
      assert.equal((await ask(`${SVC}/server`)).status, 408)
    },
  ))

test('the async context of a caller survives, and a handler leaves none to the next', () => {
  const storage = new AsyncLocalStorage<string>()
  return withService(
    (_req, res) => {
      res.end(String(storage.getStore()))
      storage.enterWith('of a handler')
    },
    () =>
      storage.run('of the caller', async () => {
        const seen = await Promise.all(
          Array.from({ length: 5 }, async () => {
            const { body } = await ask({ host: 'svc.plt.local', agent: false })
            return [body, storage.getStore()]
          }),
        )
        assert.equal(new Set(seen.map(([body]) => body)).size, 1)
        assert.notEqual(seen[0]?.[0], 'of a handler')
        const seenInEvent = Promise.withResolvers<unknown>()
        http.get(SVC, (res) => res.resume().on('end', () => seenInEvent.resolve(storage.getStore())))
        assert.equal(await seenInEvent.promise, 'of the caller')
      }),
  )
})

test('no worker within the hold, or a stopped service, is a 503 response with Retry-After, also for HEAD', () =>
  withService(
    (_req, res) => res.end(),
    async ({ rig, served }) => {
      await rig.coordinator.unroute(served.worker)
      for (const method of ['GET', 'HEAD', 'POST']) {
        const { status, headers, body } = await ask({ host: 'svc.plt.local', method })
        assert.equal(status, 503)
        assert.equal(headers['x-meshrt-error'], 'MESHRT_MESH_UNAVAILABLE')
        assert.equal(headers['retry-after'], '1')
        assert.equal(body.includes('MESHRT_MESH_UNAVAILABLE'), method !== 'HEAD')
      }
    },
    { hold: { timeMs: 20, max: 10 } },
  ))

test('a request by a tunnel is held until a worker is ready', () =>
  withService(
    () => {},
    async ({ rig, served }) => {
      await rig.coordinator.unroute(served.worker)
      const held = ask({ host: 'svc.plt.local', method: 'POST' }, big)
      await rig.serve('svc', (req, res) => void req.pipe(res), 1)
      assert.equal((await held).body.length, big.length)
    },
  ))
