import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RequestListener } from 'node:http'
import { Readable } from 'node:stream'
import { request as undiciRequest } from 'undici'
import { SVC, withService } from './with-service.ts'

const echo: RequestListener = (req, res) => void req.pipe(res)
const big = Buffer.alloc(1_000_000, 'abcdefghij')

const shapes: readonly [name: string, body: () => string | Uint8Array, bytes: Buffer][] = [
  ['text', () => 'grün €', Buffer.from('grün €')],
  ['empty text', () => '', Buffer.alloc(0)],
  ['binary', () => Buffer.from([0, 255, 13, 10, 128]), Buffer.from([0, 255, 13, 10, 128])],
  ['large text', () => big.toString(), big],
  ['large bytes', () => big, big],
]
for (const [name, body, bytes] of shapes) {
  test(`${name} travels both ways by fetch and by undici`, () =>
    withService(echo, async () => {
      const response = await fetch(SVC, { method: 'POST', body: body() as string })
      assert.deepEqual(Buffer.from(await response.arrayBuffer()), bytes)
      const answer = await undiciRequest(SVC, { method: 'POST', body: body() })
      assert.deepEqual(Buffer.from(await answer.body.arrayBuffer()), bytes)
    }))
}

test('streams without a length travel both ways and are announced as chunked', () =>
  withService(
    (req, res) => {
      res.setHeader('x-te', String(req.headers['transfer-encoding']))
      req.pipe(res)
    },
    async () => {
      const answer = await undiciRequest(SVC, { method: 'POST', body: Readable.from([big, Buffer.from('end')]) })
      assert.equal(answer.headers['x-te'], 'chunked')
      assert.equal(answer.headers['transfer-encoding'], undefined)
      assert.deepEqual(Buffer.from(await answer.body.arrayBuffer()), Buffer.concat([big, Buffer.from('end')]))
    },
  ))

test('forms and blobs arrive as undici would send them', () =>
  withService(
    (req, res) => {
      res.setHeader('x-type', req.headers['content-type'] ?? '')
      req.pipe(res)
    },
    async () => {
      const form = new FormData()
      form.set('name', 'value')
      const response = await fetch(SVC, { method: 'POST', body: form })
      assert.match(response.headers.get('x-type') ?? '', /^multipart\/form-data; boundary=/)
      assert.match(await response.text(), /name="name"\r\n\r\nvalue/)
      const blob = await undiciRequest(SVC, { method: 'POST', body: new Blob(['blob'], { type: 'text/x' }) as never })
      assert.equal(blob.headers['x-type'], 'text/x')
      assert.equal(await blob.body.text(), 'blob')
    },
  ))

test('HEAD, 204 and 304 have no body, and keep their headers', () =>
  withService(
    (req, res) => {
      res.statusCode = Number(req.headers['x-status'] ?? 200)
      res.setHeader('etag', 'x')
      res.end(res.statusCode === 200 ? 'body' : undefined)
    },
    async () => {
      for (const [method, status] of [
        ['HEAD', 200],
        ['GET', 204],
        ['GET', 304],
      ] as const) {
        const answer = await undiciRequest(SVC, { method, headers: { 'x-status': String(status) } })
        assert.equal(answer.statusCode, status)
        assert.equal(answer.headers.etag, 'x')
        assert.equal(await answer.body.text(), '')
      }
    },
  ))

test('trailers of a response arrive, inline and streamed', () =>
  withService(
    (req, res) => {
      res.writeHead(200, { trailer: 'x-sum' })
      res.write(req.url === '/big' ? big : 'small')
      res.addTrailers({ 'x-sum': '42' })
      res.end()
    },
    async () => {
      for (const path of ['/small', '/big']) {
        const answer = await undiciRequest(SVC + path)
        await answer.body.dump({ limit: 2_000_000 })
        assert.deepEqual(answer.trailers, { 'x-sum': '42' })
      }
    },
  ))

test('a body that is shorter than its content length is an error, not a short body', () =>
  withService(
    (_req, res) => {
      res.writeHead(200, { 'content-length': 10 })
      res.end('short')
    },
    async () => {
      await assert.rejects(undiciRequest(SVC), { code: 'MESHRT_MESH_ABORTED' })
      await assert.rejects(undiciRequest(SVC, { method: 'POST', headers: { 'content-length': '9' }, body: 'short' }), {
        code: 'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
      })
    },
  ))
