import { Hono } from 'hono'
import { adaptFetch } from '../../../../src/worker/adapt/fetch.ts'
import { headersAnswer, jsonAnswer, pathAnswer, redirectTarget } from './content.ts'
import { answerWebRequest } from './fetch.ts'
import { BASIC_ROUTES, type ServerKind } from './kind.ts'

export const honoServer: ServerKind = {
  name: 'Hono 4',
  routes: new Set([...BASIC_ROUTES, 'throw']),
  async create(note) {
    const app = new Hono()
    app.get('/json', (c) => {
      return c.json(jsonAnswer({ url: c.req.url, method: c.req.method, remoteAddress: (c.req.raw as { ip?: string }).ip }))
    })
    app.get('/headers', (c) => c.json(headersAnswer(c.req.raw.headers)))
    app.get('/path/*', (c) => c.json(pathAnswer(c.req.url.replace(/^http:\/\/[^/]+/, ''))))
    app.all('/echo', async (c) => {
      c.header('content-type', c.req.header('content-type') ?? 'none')
      c.header('x-length', c.req.header('content-length') ?? 'none')
      return c.body(await c.req.arrayBuffer())
    })
    app.get('/empty', (c) => c.body(null, 204))
    app.get('/repeated', (c) => {
      c.header('set-cookie', 'a=1; Path=/', { append: true })
      c.header('set-cookie', 'b=2; HttpOnly', { append: true })
      c.header('x-twice', 'one', { append: true })
      c.header('x-twice', 'two', { append: true })
      c.header('vary', 'Accept, Origin')
      return c.text('repeated')
    })
    app.get('/redirect', (c) => c.redirect(redirectTarget(c.req.url, '/json')))
    app.all('/redirect-kept', (c) => c.redirect(redirectTarget(c.req.url, '/echo'), 307))
    app.get('/throw', () => {
      throw new Error('thrown on purpose')
    })
    app.onError((_error, c) => c.text('Internal Server Error', 500))
    app.all('*', (c) => answerWebRequest(c.req.raw, note))
    return adaptFetch({ fetch: app.fetch })
  },
}
