import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import compression from 'compression'
import express, { type RequestHandler } from 'express'
import session from 'express-session'
import onFinished from 'on-finished'
import { adaptServer } from '../../../../src/worker/adapt/server.ts'
import { idOf } from '../journal.ts'
import { BIG, headersAnswer, jsonAnswer, LARGE_HEADER, pathAnswer, piecesLater, redirectTarget } from './content.ts'
import { BASIC_ROUTES, NODE_ROUTES, type Note, type ServerKind } from './kind.ts'
import { answerPlainly } from './node-routes.ts'

declare module 'express-session' {
  interface SessionData {
    views: number
  }
}

/** With the middlewares that reach deepest into `req` and `res`. */
export const expressServer: ServerKind = {
  name: 'Express 5',
  routes: new Set([...BASIC_ROUTES, ...NODE_ROUTES, 'throw', 'gzip', 'session', 'etag', 'logged', 'file', 'ws']),
  async create(note) {
    const app = express()
    // Its error handler would print to the test's output.
    app.set('env', 'test')
    app.use(logging(note))
    app.use('/echo', express.raw({ type: () => true, limit: '10mb' }))
    app.use('/session', session({ secret: 'of the test', genid: ({ url }) => idOf(url), resave: false, saveUninitialized: true }))
    app.use('/gzip', compression({ threshold: 0 }))
    addRoutes(app)
    app.use((req, res, next) => {
      if (!answerPlainly(req, res, note)) next()
    })
    return adaptServer(createServer(app))
  },
}

/** As morgan does: what was answered, when it has been. */
function logging(note: Note): RequestHandler {
  return (req, res, next) => {
    const id = idOf(req.url)
    onFinished(res, (error) => note(id, `logged ${req.method} ${res.statusCode} ${res.get('content-length')} ${error ? 'failed' : 'ok'}`))
    onFinished(req, (error) => note(id, `logged request ${error ? 'failed' : 'ok'}`))
    next()
  }
}

function addRoutes(app: express.Express): void {
  app.get(['/json', '/logged'], (req, res) => {
    res.json(jsonAnswer({ url: req.originalUrl, method: req.method, remoteAddress: req.ip }))
  })
  app.get('/headers', (req, res) => void res.json(headersAnswer(Object.entries(req.headers))))
  app.get('/path/*rest', (req, res) => void res.json(pathAnswer(req.originalUrl)))
  app.all('/echo', (req, res) => {
    res.set({ 'content-type': req.get('content-type') ?? 'none', 'x-length': req.get('content-length') ?? 'none' })
    res.send(Buffer.isBuffer(req.body) ? req.body : Buffer.alloc(0))
  })
  app.get('/empty', (_req, res) => void res.status(204).end())
  app.get('/repeated', (_req, res) => {
    res.cookie('a', '1').cookie('b', '2', { httpOnly: true }).append('X-Twice', 'one').append('X-Twice', 'two').vary('Accept, Origin')
    res.send('repeated')
  })
  app.get('/big', (_req, res) => void res.type('bin').send(BIG))
  app.get('/stream', async (_req, res) => pipeline(Readable.from(piecesLater()), res))
  app.get('/redirect', (req, res) => res.redirect(redirectTarget(req.url, '/json')))
  app.all('/redirect-kept', (req, res) => res.redirect(307, redirectTarget(req.url, '/echo')))
  app.get('/large-header', (req, res) => void res.set({ 'x-large': LARGE_HEADER, 'x-got': String(req.get('x-large')?.length) }).end())
  app.get('/throw', () => {
    throw new Error('thrown on purpose')
  })
  app.get('/gzip', (_req, res) => void res.type('text').send(BIG.subarray(0, 100_000).toString()))
  app.get('/gzip/stream', async (_req, res) => {
    res.type('text')
    for await (const piece of piecesLater()) {
      res.write(piece)
      res.flush()
    }
    res.end()
  })
  app.get('/session', (req, res) => {
    req.session.views = (req.session.views ?? 0) + 1
    res.json({ views: req.session.views })
  })
  app.get('/file', (_req, res) => res.sendFile(import.meta.filename))
  app.get('/etag', (_req, res) => void res.send('the same every time'))
}
