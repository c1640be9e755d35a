import assert from 'node:assert/strict'
import { test } from 'node:test'
import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { errors, request as undiciRequest } from 'undici'
import { handled, SVC, withService } from './with-service.ts'
import { NOTHING_CUT } from '../../src/model/cut.ts'

const big = Buffer.alloc(1_000_000, 'abcdefghij')

test('no headers in time is an error that undici users know, with the mesh code as its cause', () =>
  withService(
    () => {},
    async () => {
      await assert.rejects(undiciRequest(SVC, { headersTimeout: 20 }), (error: Error) => {
        assert.ok(error instanceof errors.HeadersTimeoutError)
        assert.equal(error.code, 'UND_ERR_HEADERS_TIMEOUT')
        assert.equal((error.cause as { code?: string }).code, 'MESHRT_MESH_TIMEOUT')
        return true
      })
    },
  ))

test('a body that stays silent is an error only if a body timeout is set', () =>
  withService(
    (_req, res) => void res.write('x'),
    async () => {
      const answer = await undiciRequest(SVC, { bodyTimeout: 20 })
      await assert.rejects(answer.body.text(), { code: 'UND_ERR_BODY_TIMEOUT' })
    },
  ))

test('an aborted caller closes the request of the handler, before and after the headers', () =>
  withService(
    (req, res) => {
      if (req.url === '/half') res.write('half')
      // Told by an event of its own, so that the test can wait for it.
      res.on('close', () => handled.emit('closed', { finished: res.writableFinished, aborted: req.destroyed }))
      handled.emit('arrived')
    },
    async ({ served }) => {
      for (const path of ['/none', '/half']) {
        const control = new AbortController()
        const arrived = once(handled, 'arrived')
        const closed = once(handled, 'closed')
        const answer = undiciRequest(SVC + path, { signal: control.signal })
        await arrived
        if (path === '/half') await answer
        control.abort()
        if (path === '/none') await assert.rejects(answer, { name: 'AbortError' })
        const [seen] = (await closed) as [{ finished: boolean; aborted: boolean }]
        assert.deepEqual(seen, { finished: false, aborted: true })
      }
      await turn()
      assert.equal(served.row.inFlight, 0)
    },
  ))

test('a handler that destroys its response gives the caller an error, before and after the headers', () =>
  withService(
    (req, res) => {
      if (req.url === '/none') res.destroy()
      else res.write('half', () => res.destroy(new Error('on purpose')))
    },
    async () => {
      await assert.rejects(undiciRequest(`${SVC}/none`), { code: 'MESHRT_MESH_ABORTED' })
      const answer = await undiciRequest(`${SVC}/half`)
      await assert.rejects(answer.body.text(), { code: 'MESHRT_MESH_ABORTED' })
    },
  ))

test('finish and close are emitted on the response, close on the request', () =>
  withService(
    (req, res) => {
      const seen: string[] = []
      const note = (what: string) => () => {
        seen.push(what)
        if (seen.length === 4) handled.emit('seen', seen)
      }
      res.on('finish', note('res finish')).on('close', note('res close'))
      req.on('end', note('req end')).on('close', note('req close'))
      res.end('x')
    },
    async ({ caller }) => {
      const seen = once(handled, 'seen')
      await caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000 })
      const [order] = (await seen) as [string[]]
      assert.deepEqual(order.toSorted(), ['req close', 'req end', 'res close', 'res finish'])
      assert.equal(order[0], 'res finish')
    },
  ))

test('drain sends later requests elsewhere, waits for what is under way, and cuts at the deadline', () =>
  withService(
    (req, res) => {
      if (req.url !== '/hold') res.end('first')
      else handled.emit('held', res)
    },
    async ({ caller, rig, served }) => {
      const ask = (path: string) => caller.request({ service: 'svc', method: 'POST', path, timeoutMs: 5_000 })
      const held = once(handled, 'held')
      const slow = ask('/hold')
      await held
      await rig.serve('svc', (_req, res) => void res.end('second'), 1)
      const drained = served.endpoint.drain({ deadlineMs: 5_000 })
      const answers = await Promise.all(Array.from({ length: 20 }, () => ask('/')))
      assert.deepEqual(new Set(answers.map(({ body }) => Buffer.from(body).toString())), new Set(['second']))
      const [res] = (await held) as [ServerResponse]
      res.end('slow')
      assert.equal(Buffer.from((await slow).body).toString(), 'slow')
      assert.deepEqual(await drained, { cut: NOTHING_CUT })
    },
  ))

test('drain cuts what is not done at the deadline', () =>
  withService(
    () => handled.emit('arrived'),
    async ({ caller, served }) => {
      const arrived = once(handled, 'arrived')
      const answer = caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000 })
      await arrived
      const [drained] = await Promise.all([
        served.endpoint.drain({ deadlineMs: 10 }),
        assert.rejects(answer, { code: 'MESHRT_MESH_ABORTED' }),
      ])
      assert.deepEqual(drained, { cut: { requests: 1, upgraded: 0 } })
    },
  ))

test('an upload whose source fails fails the request', () =>
  withService(
    (req) => req.resume().on('error', () => {}),
    async () => {
      const source = Readable.from(
        (async function* () {
          yield big
          await turn()
          throw new Error('source broke')
        })(),
      )
      await assert.rejects(undiciRequest(SVC, { method: 'POST', body: source }), { message: 'source broke' })
    },
  ))

test('an endpoint that closes fails what it still waits for', () =>
  withService(
    () => {},
    async ({ caller }) => {
      const answer = caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 5_000 })
      caller.close()
      await assert.rejects(answer, { code: 'MESHRT_MESH_ABORTED' })
    },
  ))

test('a body stream that fails before anybody has read it fails its request, and nothing else', () =>
  withService(
    (req, res) => void req.pipe(res),
    async () => {
      for (const turns of [0, 1, 2]) {
        const body = new Readable({ read: () => {} })
        const pending = undiciRequest(SVC, { method: 'POST', body })
        for (let i = 0; i < turns; i++) await turn()
        body.destroy(new Error('source broken'))
        await assert.rejects(pending, { message: 'source broken' })
      }
    },
  ))

test('drain ends server-sent events well at the deadline, and breaks off what must not be taken for the whole', () => {
  const writeLate: (() => void)[] = []
  return withService(
    (req, res) => {
      res.writeHead(200, { 'content-type': req.url === '/events' ? 'text/event-stream' : 'text/csv' })
      res.write('data: 1\n\n')
      writeLate.push(() => res.write('data: 2\n\n'))
    },
    async ({ served: { endpoint } }) => {
      const [events, table] = await Promise.all([fetch(`${SVC}/events`), fetch(`${SVC}/table`)])
      const failed = assert.rejects(table.text())
      const ended = events.text()
      assert.deepEqual(await endpoint.drain({ deadlineMs: 20 }), { cut: { requests: 2, upgraded: 0 } })
      assert.equal(writeLate.length, 2)
      for (const write of writeLate) write()
      assert.equal(await ended, 'data: 1\n\n')
      await failed
    },
  )
})
