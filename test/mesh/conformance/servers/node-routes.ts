import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { idOf } from '../journal.ts'
import { BIG, EVENTS, headersAnswer, jsonAnswer, LARGE_HEADER, pathAnswer, piecesLater, redirectTarget } from './content.ts'
import type { Note, Route } from './kind.ts'

type Handler = (req: IncomingMessage, res: ServerResponse, note: (line: string) => void) => unknown

/** The application with nothing but Node's own objects. False when it has no such route. */
export function answerPlainly(req: IncomingMessage, res: ServerResponse, note: Note): boolean {
  const url = req.url ?? '/'
  const handler = HANDLERS[new URL(url, 'http://x').pathname.split('/')[1] as Route]
  if (handler === undefined) return false
  const id = idOf(url)
  void (async () => {
    try {
      await handler(req, res, (line) => note(id, line))
    } catch (error) {
      // Also a client that has gone in the middle of its upload.
      note(id, `handler failed ${(error as NodeJS.ErrnoException).code}`)
      res.destroy()
    }
  })()
  return true
}

/** Responses whose head has left, by id. */
const flushed = new Map<string, ServerResponse>()

const HANDLERS: Partial<Readonly<Record<Route, Handler>>> = {
  json: (req, res) => {
    res.setHeader('Content-Type', 'application/json')
    res.end(JSON.stringify(jsonAnswer({ url: req.url ?? '', method: req.method ?? '', remoteAddress: req.socket.remoteAddress })))
  },
  headers: (req, res) => sendJson(res, headersAnswer(Object.entries(req.headers))),
  path: (req, res) => sendJson(res, pathAnswer(req.url ?? '')),
  echo: async (req, res) => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    res.writeHead(200, { 'content-type': req.headers['content-type'] ?? 'none', 'x-length': req.headers['content-length'] ?? 'none' })
    res.end(Buffer.concat(chunks))
  },
  pipe: async (req, res) => {
    res.writeHead(200, { 'x-streamed': req.headers['transfer-encoding'] ?? 'no' })
    await pipeline(req, res)
  },
  empty: (_req, res) => res.writeHead(204).end(),
  'not-modified': (_req, res) => res.writeHead(304, { etag: '"abc"' }).end(),
  repeated: (_req, res) => {
    res.setHeader('Set-Cookie', ['a=1; Path=/', 'b=2; HttpOnly'])
    res.appendHeader('X-Twice', 'one').appendHeader('X-Twice', 'two')
    res.setHeader('Vary', ['Accept', 'Origin'])
    res.end('repeated')
  },
  big: (_req, res) => res.writeHead(200, { 'content-length': BIG.byteLength }).end(BIG),
  stream: (_req, res) => pipeline(Readable.from(piecesLater()), res),
  sse: async (_req, res) => {
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    for await (const event of piecesLater(EVENTS)) res.write(event)
  },
  redirect: (req, res) => res.writeHead(302, { location: redirectTarget(req.url ?? '', '/json') }).end('elsewhere'),
  'redirect-kept': (req, res) => {
    req.resume()
    res.writeHead(307, { location: redirectTarget(req.url ?? '', '/echo') }).end()
  },
  early: (_req, res) => res.writeHead(413, { 'content-type': 'text/plain' }).end('too much'),
  latin1: (_req, res) => res.writeHead(200, { 'x-latin1': 'caf\xe9', 'x-empty': '' }).end('latin1'),
  'large-header': (req, res) => res.writeHead(200, { 'x-large': LARGE_HEADER, 'x-got': String(req.headers['x-large']?.length) }).end(),
  hold: (_req, _res, note) => note('held'),
  half: (_req, res) => res.writeHead(200).write('half'),
  break: (_req, res) => res.write('half', () => setImmediate(() => res.destroy(new Error('broken on purpose')))),
  missing: (_req, res) => res.writeHead(404, { 'content-type': 'text/plain' }).end('missing'),
  trailers: (_req, res) => {
    res.writeHead(200, { trailer: 'X-Sum, X-Count' })
    res.write('with trailers')
    res.addTrailers({ 'X-Sum': 'abc', 'X-Count': '2' })
    res.end()
  },
  reason: (_req, res) => {
    res.statusCode = 299
    res.statusMessage = 'Quite Fine'
    res.end('reason')
  },
  destroy: (_req, res) => res.destroy(),
  close: (_req, res) => res.writeHead(200, { connection: 'close', 'x-kept': 'yes' }).end('closing'),
  'early-hints': (_req, res) => {
    res.writeProcessing()
    res.writeEarlyHints({ link: '</style.css>; rel=preload' })
    res.end('hinted')
  },
  flush: (req, res) => {
    res.writeHead(200, { 'content-type': 'text/plain' })
    res.flushHeaders()
    flushed.set(idOf(req.url), res)
  },
  release: (req, res) => {
    flushed.get(idOf(req.url))?.end('the late body')
    flushed.delete(idOf(req.url))
    res.end('released')
  },
  'request-trailers': async (req, res) => {
    for await (const _ of req);
    sendJson(res, { trailers: { ...req.trailers } })
  },
}

function sendJson(res: ServerResponse, value: unknown): void {
  res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value))
}
