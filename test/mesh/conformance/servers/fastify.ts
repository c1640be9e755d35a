import { Readable } from 'node:stream'
import Fastify, { type FastifyInstance } from 'fastify'
import { adaptFastify } from '../../../../src/worker/adapt/fastify.ts'
import { idOf } from '../journal.ts'
import { BIG, EVENTS, headersAnswer, jsonAnswer, LARGE_HEADER, pathAnswer, piecesLater, redirectTarget } from './content.ts'
import { BASIC_ROUTES, NODE_ROUTES, type Note, type ServerKind } from './kind.ts'
import { answerPlainly } from './node-routes.ts'

export const fastifyServer: ServerKind = {
  name: 'Fastify 5',
  routes: new Set([...BASIC_ROUTES, ...NODE_ROUTES, 'throw', 'ws']),
  async create(note) {
    const app = Fastify({ bodyLimit: 10 * 1_048_576, exposeHeadRoutes: true })
    app.removeAllContentTypeParsers()
    app.addContentTypeParser('*', { parseAs: 'buffer' }, (_req, body, done) => done(null, body))
    addRoutes(app, note)
    app.setNotFoundHandler((req, reply) => {
      if (req.url.startsWith('/missing')) return reply.code(404).type('text/plain').send('missing')
      reply.hijack()
      answerPlainly(req.raw, reply.raw, note)
    })
    await app.register(rawBodies(note))
    await app.ready()
    return adaptFastify(app as never)
  },
}

/** Routes that take the request as a stream. */
function rawBodies(note: Note) {
  return async (scope: FastifyInstance) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_req, payload, done) => done(null, payload))
    scope.post('/pipe', (req, reply) => {
      reply.header('x-streamed', req.headers['transfer-encoding'] ?? 'no').send(req.raw)
    })
    for (const path of ['/early', '/hold', '/request-trailers']) {
      scope.post(path, (req, reply) => {
        reply.hijack()
        answerPlainly(req.raw, reply.raw, note)
      })
    }
  }
}

function addRoutes(app: FastifyInstance, note: Note): void {
  app.get('/json', (req, reply) => reply.send(jsonAnswer({ url: req.url, method: req.method, remoteAddress: req.ip })))
  app.get('/headers', (req, reply) => reply.send(headersAnswer(Object.entries(req.headers))))
  app.get('/path/*', async (req, reply) => reply.type('application/json').send(JSON.stringify(pathAnswer(req.url))))
  app.all('/echo', async (req, reply) => {
    reply.headers({ 'content-type': req.headers['content-type'] ?? 'none', 'x-length': req.headers['content-length'] ?? 'none' })
    return reply.send(req.body ?? Buffer.alloc(0))
  })
  app.get('/empty', async (_req, reply) => reply.code(204).send())
  app.get('/not-modified', async (_req, reply) => reply.code(304).header('etag', '"abc"').send())
  app.get('/repeated', async (_req, reply) => {
    reply.header('set-cookie', 'a=1; Path=/').header('set-cookie', 'b=2; HttpOnly')
    return reply.header('x-twice', ['one', 'two']).header('vary', 'Accept, Origin').send('repeated')
  })
  app.get('/big', async (_req, reply) => reply.type('application/octet-stream').send(BIG))
  app.get('/stream', async (_req, reply) => reply.send(Readable.from(piecesLater())))
  app.get('/sse', async (_req, reply) => {
    reply.type('text/event-stream')
    return reply.send(Readable.from(withoutEnd(piecesLater(EVENTS))))
  })
  app.get('/redirect', async (req, reply) => reply.redirect(redirectTarget(req.url, '/json')))
  app.all('/redirect-kept', async (req, reply) => reply.redirect(redirectTarget(req.url, '/echo'), 307))
  app.get('/large-header', async (req, reply) =>
    reply.headers({ 'x-large': LARGE_HEADER, 'x-got': String(req.headers['x-large']?.length) }).send(),
  )
  app.get('/hold', (req) => {
    note(idOf(req.url), 'held')
    return new Promise<never>(() => {})
  })
  app.get('/half', async (_req, reply) => reply.send(Readable.from(withoutEnd(piecesLater(['half'])))))
  app.get('/throw', async () => {
    throw new Error('thrown on purpose')
  })
}

async function* withoutEnd(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield* pieces
  await new Promise(() => {})
}
