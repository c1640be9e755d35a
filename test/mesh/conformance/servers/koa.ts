import { createServer } from 'node:http'
import { Readable } from 'node:stream'
import Koa, { type Context } from 'koa'
import { adaptServer } from '../../../../src/worker/adapt/server.ts'
import { idOf } from '../journal.ts'
import { BIG, headersAnswer, jsonAnswer, LARGE_HEADER, pathAnswer, piecesLater, redirectTarget } from './content.ts'
import { BASIC_ROUTES, NODE_ROUTES, type Route, type ServerKind } from './kind.ts'
import { answerPlainly } from './node-routes.ts'

export const koaServer: ServerKind = {
  name: 'Koa 3',
  routes: new Set([...BASIC_ROUTES, ...NODE_ROUTES, 'throw', 'ws']),
  async create(note) {
    const app = new Koa()
    // Errors that handlers make on purpose; it would print them.
    app.silent = true
    app.use(async (ctx) => {
      const handler = HANDLERS[ctx.path.split('/')[1] as Route]
      if (handler !== undefined) await handler(ctx, (line) => note(idOf(ctx.url), line))
      else if (answerPlainly(ctx.req, ctx.res, note)) ctx.respond = false
    })
    const handle = app.callback()
    return adaptServer(createServer((req, res) => void handle(req, res)))
  },
}

const HANDLERS: Partial<Readonly<Record<Route, (ctx: Context, note: (line: string) => void) => unknown>>> = {
  json: (ctx) => {
    ctx.body = jsonAnswer({ url: ctx.url, method: ctx.method, remoteAddress: ctx.ip })
  },
  headers: (ctx) => {
    ctx.body = headersAnswer(Object.entries(ctx.headers))
  },
  path: (ctx) => {
    ctx.type = 'json'
    ctx.body = JSON.stringify(pathAnswer(ctx.url))
  },
  echo: async (ctx) => {
    const chunks: Buffer[] = []
    for await (const chunk of ctx.req) chunks.push(chunk as Buffer)
    ctx.set({ 'content-type': ctx.get('content-type') || 'none', 'x-length': ctx.get('content-length') || 'none' })
    ctx.body = Buffer.concat(chunks)
  },
  pipe: (ctx) => {
    ctx.set('x-streamed', ctx.get('transfer-encoding') || 'no')
    ctx.body = ctx.req
  },
  empty: (ctx) => {
    ctx.status = 204
  },
  'not-modified': (ctx) => {
    ctx.set('etag', '"abc"')
    ctx.status = 304
  },
  repeated: (ctx) => {
    ctx.cookies.set('a', '1', { httpOnly: false })
    ctx.cookies.set('b', '2')
    ctx.set('X-Twice', ['one', 'two'])
    ctx.vary('Accept')
    ctx.vary('Origin')
    ctx.body = 'repeated'
  },
  big: (ctx) => {
    ctx.body = BIG
  },
  stream: (ctx) => {
    ctx.body = Readable.from(piecesLater())
  },
  redirect: (ctx) => {
    ctx.redirect(redirectTarget(ctx.url, '/json'))
  },
  'redirect-kept': (ctx) => {
    ctx.redirect(redirectTarget(ctx.url, '/echo'))
    ctx.status = 307
  },
  'large-header': (ctx) => {
    ctx.set({ 'x-large': LARGE_HEADER, 'x-got': String(ctx.get('x-large').length) })
    ctx.body = ''
  },
  hold: async (_ctx, note) => {
    note('held')
    await new Promise(() => {})
  },
  break: (ctx) => {
    ctx.body = Readable.from(broken())
  },
  throw: () => {
    throw new Error('thrown on purpose')
  },
}

async function* broken(): AsyncGenerator<Buffer> {
  yield Buffer.from('half')
  for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
  throw new Error('broken on purpose')
}
