import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import { test } from 'node:test'
import express from 'express'
import Fastify from 'fastify'
import { Hono } from 'hono'
import { toNodeHandler } from 'srvx/node'
import { request } from 'undici'
import { SVC, withService } from './with-service.ts'

// The same small application in every kind of server: nothing in it knows that there is no socket.

const big = 'x'.repeat(100_000)

const kinds: Readonly<Record<string, () => Promise<Server> | Server>> = {
  http: () =>
    createServer((req, res) => {
      const url = new URL(req.url ?? '/', 'http://x')
      if (url.pathname === '/json') {
        let text = ''
        req.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        req.on('end', () => {
          res.setHeader('content-type', 'application/json')
          res.setHeader('x-kind', 'http')
          res.end(JSON.stringify({ q: url.searchParams.get('q'), body: JSON.parse(text) as unknown }))
        })
      } else if (url.pathname === '/big') res.end(big)
      else if (url.pathname === '/cookies') res.writeHead(201, { 'set-cookie': ['a=1', 'b=2'] }).end()
      else if (url.pathname === '/stream') {
        res.write('one')
        setImmediate(() => res.end('two'))
      } else if (url.pathname === '/error') res.writeHead(500).end('broken')
      else res.writeHead(404).end()
    }),
  fastify: async () => {
    const app = Fastify()
    app.post('/json', async (req, reply) => {
      reply.header('x-kind', 'fastify')
      return { q: (req.query as { q: string }).q, body: req.body }
    })
    app.get('/big', async () => big)
    app.get('/cookies', async (_req, reply) => reply.code(201).header('set-cookie', ['a=1', 'b=2']).send())
    app.get('/stream', (_req, reply) => {
      reply.hijack()
      reply.raw.write('one')
      setImmediate(() => reply.raw.end('two'))
    })
    app.get('/error', async () => {
      throw new Error('broken')
    })
    await app.ready()
    return app.server
  },
  express: () => {
    const app = express()
    app.use(express.json())
    app.post('/json', (req, res) => void res.set('x-kind', 'express').json({ q: req.query.q, body: req.body as unknown }))
    app.get('/big', (_req, res) => void res.send(big))
    app.get('/cookies', (_req, res) => void res.status(201).cookie('a', '1', { path: '' }).append('set-cookie', 'b=2').end())
    app.get('/stream', (_req, res) => {
      res.write('one')
      setImmediate(() => res.end('two'))
    })
    app.get('/error', () => {
      throw new Error('broken')
    })
    // What the error handler would print is not of interest here.
    app.set('env', 'test')
    return createServer(app)
  },
  hono: () => {
    const app = new Hono()
    app.post('/json', async (c) => {
      c.header('x-kind', 'hono')
      return c.json({ q: c.req.query('q'), body: await c.req.json() })
    })
    app.get('/big', (c) => c.text(big))
    app.get(
      '/cookies',
      () =>
        new Response(null, {
          status: 201,
          headers: [
            ['set-cookie', 'a=1'],
            ['set-cookie', 'b=2'],
          ],
        }),
    )
    app.get('/stream', (c) =>
      c.body(
        new ReadableStream<Uint8Array>({
          async start(controller) {
            controller.enqueue(Buffer.from('one'))
            await new Promise(setImmediate)
            controller.enqueue(Buffer.from('two'))
            controller.close()
          },
        }),
      ),
    )
    app.get('/error', (c) => c.text('broken', 500))
    const handle = toNodeHandler((request) => app.fetch(request))
    return createServer((req, res) => void handle(req as never, res as never))
  },
}

for (const [kind, create] of Object.entries(kinds)) {
  test(`${kind}: works unmodified behind the mesh`, async () => {
    await withService(await create(), async () => {
      const json = await request(`${SVC}/json?q=1`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"a":[1]}' })
      assert.equal(json.statusCode, 200)
      assert.equal(json.headers['x-kind'], kind)
      assert.deepEqual(await json.body.json(), { q: '1', body: { a: [1] } })
      const fetched = await fetch(`${SVC}/json?q=2`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ big: big.slice(0, 90_000) }),
      })
      assert.deepEqual(await fetched.json(), { q: '2', body: { big: big.slice(0, 90_000) } })
      assert.equal(await (await fetch(`${SVC}/big`)).text(), big)
      const cookies = await fetch(`${SVC}/cookies`)
      assert.equal(cookies.status, 201)
      assert.deepEqual(
        cookies.headers.getSetCookie().map((cookie) => cookie.split(';')[0]),
        ['a=1', 'b=2'],
      )
      assert.equal(await (await request(`${SVC}/stream`)).body.text(), 'onetwo')
      const error = await request(`${SVC}/error`)
      assert.equal(error.statusCode, 500)
      await error.body.dump()
      const missing = await request(`${SVC}/missing`)
      assert.equal(missing.statusCode, 404)
      await missing.body.dump()
      const head = await request(`${SVC}/big`, { method: 'HEAD' })
      assert.equal(await head.body.text(), '')
    })
  })
}
