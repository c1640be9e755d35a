import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AsyncLocalStorage } from 'node:async_hooks'
import { once } from 'node:events'
import { setImmediate as turn } from 'node:timers/promises'
import { request as undiciRequest } from 'undici'
import { createLine } from '../../src/mesh/port-channel.ts'
import { REQUEST, UTF8 } from '../../src/mesh/frames.ts'
import type { WorkerKey } from '../../src/model/ids.ts'
import { SVC, withService } from './with-service.ts'

test('method, path, query and headers arrive as over TCP, duplicates included', () =>
  withService(
    (req, res) => {
      res.setHeader('set-cookie', ['a=1', 'b=2'])
      res.setHeader('x-multi', ['1', '2'])
      res.end(
        JSON.stringify({
          method: req.method,
          url: req.url,
          host: req.headers.host,
          raw: req.rawHeaders,
          remote: req.socket.remoteAddress,
        }),
      )
    },
    async () => {
      const answer = await undiciRequest(`${SVC}:8080/p?a=1`, {
        method: 'DELETE',
        headers: ['X-One', '1', 'x-two', 'ü', 'connection', 'close'],
      })
      assert.deepEqual(answer.headers['set-cookie'], ['a=1', 'b=2'])
      assert.deepEqual(answer.headers['x-multi'], ['1', '2'])
      assert.deepEqual(await answer.body.json(), {
        method: 'DELETE',
        url: '/p?a=1',
        host: 'svc.plt.local:8080',
        raw: ['host', 'svc.plt.local:8080', 'X-One', '1', 'x-two', 'ü'],
        remote: '127.0.0.1',
      })
    },
  ))

test('a header named __proto__ is a header like any other', () =>
  withService(
    (_req, res) => res.writeHead(200, ['__proto__', 'x', 'a', 'b']).end(),
    async ({ caller }) => {
      const { headers } = await new Promise<{ headers: Record<string, unknown> }>((resolve, reject) => {
        caller.dispatch(
          { origin: SVC, path: '/', method: 'GET' },
          {
            onRequestStart: () => {},
            onResponseStart: (_c, _s, headers) => resolve({ headers }),
            onResponseError: (_c, error) => reject(error),
          },
        )
      })
      assert.equal(Object.getPrototypeOf(headers), Object.prototype)
      assert.equal(Object.getOwnPropertyDescriptor(headers, '__proto__')?.value, 'x')
    },
  ))

test('an invalid request fails alone, the worker goes on', () =>
  withService(
    (_req, res) => res.end('ok'),
    async ({ caller }) => {
      const bad = [
        { path: '/a b' },
        { path: '/\r\nx: y' },
        { method: 'NO SUCH' },
        { headers: { 'a\r\nb': 'c' } },
        { headers: { a: 'b\r\nc: d' } },
        { headers: { a: 'x'.repeat(100_000) } },
        { body: 7 as never },
      ]
      for (const change of bad) {
        await assert.rejects(caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000, ...change }), {
          code: 'MESHRT_MESH_INVALID_REQUEST',
        })
      }
      assert.equal((await caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000 })).status, 200)
    },
  ))

test('garbage on a channel harms nobody', () =>
  withService(
    (_req, res) => res.end('ok'),
    async ({ caller, served }) => {
      const { near, far } = createLine()
      const { port } = near
      served.endpoint.receive({ type: 'accept', from: 'evil/0#1' as WorkerKey, line: far })
      const answers: unknown[] = []
      port.on('message', (batch: unknown[]) => answers.push(...batch))
      port.postMessage('nonsense')
      port.postMessage([
        null,
        7,
        {},
        [],
        [REQUEST],
        [REQUEST, 1, 'GET', 'no path', [], null, UTF8],
        [REQUEST, 2, 'GET', '/', ['host', 'x'], null, UTF8],
      ])
      while (answers.length < 2) await once(port, 'message')
      assert.equal((await caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000 })).status, 200)
      port.close()
    },
  ))

test('async context survives a call, and does not leak from one handler to the next', () => {
  const context = new AsyncLocalStorage<string>()
  return withService(
    (_req, res) => {
      const leaked = context.getStore() ?? 'nothing'
      context.enterWith('left behind')
      res.end(leaked)
    },
    async ({ caller }) => {
      const one = (name: string) =>
        context.run(name, async () => {
          const seen: (string | undefined)[] = []
          await new Promise<void>((resolve, reject) => {
            caller.dispatch(
              { origin: SVC, path: '/', method: 'GET' },
              {
                onHeaders: () => void seen.push(context.getStore()),
                onData: (chunk) => void seen.push(context.getStore(), chunk.toString()),
                onComplete: () => (seen.push(context.getStore()), resolve()),
                onError: reject,
              },
            )
          })
          assert.deepEqual(seen, [name, name, 'nothing', name])
        })
      await Promise.all(['a', 'b', 'c'].map(one))
    },
  )
})

test('early hints and 100-continue are not taken for the response', () =>
  withService(
    (req, res) => {
      res.writeContinue()
      res.writeProcessing()
      res.writeEarlyHints({ link: '</a.css>; rel=preload' })
      req.pipe(res)
    },
    async ({ caller }) => {
      const answer = await caller.request({
        service: 'svc',
        method: 'POST',
        path: '/',
        headers: { expect: '100-continue' },
        body: 'x',
        timeoutMs: 5_000,
      })
      assert.equal(Buffer.from(answer.body).toString(), 'x')
    },
  ))

test('served requests are counted in the worker row', () =>
  withService(
    (_req, res) => res.end(),
    async ({ caller, served }) => {
      await caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000 })
      await turn()
      const { inFlight } = served.row
      const { requests } = served.row.read()
      assert.deepEqual({ inFlight, requests }, { inFlight: 0, requests: 1 })
    },
  ))
