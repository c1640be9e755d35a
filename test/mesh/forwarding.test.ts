import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { type IncomingMessage, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { request } from 'undici'
import { WebSocket, WebSocketServer } from 'ws'
import { serviceId, type WorkerId } from '../../src/model/ids.ts'
import type { HttpPlace } from '../../src/model/routes.ts'
import { WorkerRow } from '../../src/model/worker-row.ts'
import { MeshRig } from './mesh-rig.ts'

async function listen(t: TestContext, listener: RequestListener): Promise<{ server: http.Server; url: string; port: number }> {
  const server = http.createServer(listener)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return { server, url: `http://127.0.0.1:${port}`, port }
}

const SVC: WorkerId = { service: serviceId('svc'), slot: 0, generation: 1 }

/** A mesh in which `svc` is at an address. */
async function rigWith(t: TestContext, ...places: readonly (Partial<HttpPlace> & { url: string })[]) {
  const rig = new MeshRig()
  t.after(() => rig.close())
  const caller = rig.caller()
  caller.installClients()
  const rows = await Promise.all(
    places.map(async (place, slot) => {
      const row = new WorkerRow()
      await rig.coordinator.route({ ...SVC, slot }, { row: row.shared, place: { keepsHost: true, isWorker: true, ...place } })
      return row
    }),
  )
  return { rig, rows, caller }
}

const REFUSED = 'http://127.0.0.1:1'

test('forwarding: method, path, headers, bodies and trailers go through to a server that speaks HTTP only', async (t) => {
  const seen: unknown[] = []
  const { url } = await listen(t, (req, res) => {
    req.setEncoding('utf8')
    let body = ''
    req.on('data', (text: string) => (body += text))
    req.on('end', () => {
      seen.push([req.method, req.url, req.headers.host, req.headers['x-many'], body])
      res.writeHead(201, 'Made', { 'set-cookie': ['a=1', 'b=2'], trailer: 'x-sum' })
      res.write('half ')
      res.addTrailers({ 'x-sum': '7' })
      res.end('whole')
    })
  })
  const { rows } = await rigWith(t, { url })
  const response = await request('http://svc.plt.local/a/b?c=d', { method: 'POST', headers: { 'x-many': ['1', '2'] }, body: 'hello' })
  assert.equal(await response.body.text(), 'half whole')
  assert.equal(response.statusCode, 201)
  assert.deepEqual(response.headers['set-cookie'], ['a=1', 'b=2'])
  assert.deepEqual(response.trailers, { 'x-sum': '7' })
  assert.deepEqual(seen, [['POST', '/a/b?c=d', 'svc.plt.local', '1, 2', 'hello']])
  assert.equal(rows[0]?.read().requests, 1)
})

test('forwarding: a large body streams through, both ways', async (t) => {
  const { url } = await listen(t, (req, res) => void req.pipe(res))
  await rigWith(t, { url })
  const sent = Buffer.alloc(3_000_000, 'x')
  const response = await request('http://svc.plt.local/', { method: 'POST', body: sent })
  assert.ok(Buffer.from(await response.body.arrayBuffer()).equals(sent))
})

test('forwarding: a remote service has its own host and its own path', async (t) => {
  const { url, port } = await listen(t, (req, res) => res.end(`${req.headers.host} ${req.url}`))
  await rigWith(t, { url: `${url}/base/`, keepsHost: false })
  const response = await fetch('http://svc.plt.local/x?y=1')
  assert.equal(await response.text(), `127.0.0.1:${port} /base/x?y=1`)
})

test('forwarding: the server sees a caller that has had enough', async (t) => {
  const closed = Promise.withResolvers<void>()
  const { url } = await listen(t, (req, res) => {
    res.on('close', closed.resolve)
    res.write('begun')
    req.resume()
  })
  await rigWith(t, { url })
  const abort = new AbortController()
  const response = await fetch('http://svc.plt.local/', { signal: abort.signal })
  abort.abort()
  await assert.rejects(response.text())
  await closed.promise
})

test('forwarding: a response that breaks off breaks off for the caller', async (t) => {
  const { url } = await listen(t, (_, res) => {
    res.writeHead(200, { 'content-length': '100' })
    res.write('half')
    setImmediate(() => res.destroy())
  })
  await rigWith(t, { url })
  const response = await request('http://svc.plt.local/')
  await assert.rejects(response.body.text())
})

test('forwarding: what a dead worker was never reached for is done by another, whatever its method', async (t) => {
  const { url } = await listen(t, (req, res) => res.end(req.method))
  await rigWith(t, { url: REFUSED }, { url })
  for (let i = 0; i < 4; i++) {
    const response = await request('http://svc.plt.local/', { method: 'POST', body: 'x' })
    assert.equal(await response.body.text(), 'POST')
  }
})

test('forwarding: what was lost on the way is repeated if it may be, else it fails', async (t) => {
  const dies = await listen(t, (req) => void req.socket.destroy())
  const lives = await listen(t, (_, res) => res.end('alive'))
  const { caller } = await rigWith(t, { url: dies.url }, { url: lives.url })
  void caller
  for (let i = 0; i < 4; i++) assert.equal(await (await request('http://svc.plt.local/')).body.text(), 'alive')
  const posts = await Promise.allSettled(Array.from({ length: 2 }, () => request('http://svc.plt.local/', { method: 'POST', body: 'x' })))
  const lost = posts.filter((post) => post.status === 'rejected')
  assert.equal(lost.length, 1)
  assert.equal((lost[0]?.reason as { code?: string } | undefined)?.code, 'MESHRT_MESH_TARGET_LOST')
})

test('forwarding: a remote service that cannot be reached is answered for at once, and its circuit opens', async (t) => {
  const { rig } = await rigWith(t, { url: REFUSED, isWorker: false, keepsHost: false })
  const codes: unknown[] = []
  for (let i = 0; i < 6; i++) {
    const response = await request('http://svc.plt.local/')
    await response.body.dump()
    codes.push([response.statusCode, response.headers['x-meshrt-error']])
  }
  assert.deepEqual(
    codes.slice(0, 5),
    Array.from({ length: 5 }, () => [503, 'MESHRT_MESH_UNREACHABLE']),
  )
  assert.deepEqual(codes[5], [503, 'MESHRT_MESH_CIRCUIT_OPEN'])
  assert.equal((await rig.event('circuit.opened')).reason, 'MESHRT_MESH_UNREACHABLE')
})

test('forwarding: a WebSocket goes through, and a server that will not upgrade says so', async (t) => {
  const { url, server } = await listen(t, (_, res) => void res.writeHead(404).end())
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', (req: IncomingMessage, socket, head) => {
    if (req.url !== '/ws') {
      socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')
      return
    }
    sockets.handleUpgrade(req, socket, head, (one) => one.on('message', (data: Buffer) => one.send(`echo ${data.toString()}`)))
  })
  await rigWith(t, { url })
  const client = new WebSocket('ws://svc.plt.local/ws')
  await once(client, 'open')
  client.send('hello')
  const [data] = (await once(client, 'message')) as [Buffer]
  assert.equal(String(data), 'echo hello')
  client.close()
  await once(client, 'close')
  const refused = new WebSocket('ws://svc.plt.local/other')
  const [error] = (await once(refused, 'error')) as [Error]
  assert.match(error.message, /403/)
})

test('forwarding: a body that streams to a server that is not there is read by another one, as a whole', async (t) => {
  const { url } = await listen(t, (req, res) => void req.pipe(res))
  await rigWith(t, { url: REFUSED }, { url })
  for (let i = 0; i < 2; i++) {
    const body = Readable.from([Buffer.alloc(100_000, 'a'), Buffer.alloc(100_000, 'b')])
    const response = await request('http://svc.plt.local/', { method: 'POST', body })
    const text = await response.body.text()
    assert.equal(text.length, 200_000)
    assert.ok(text.startsWith('a') && text.endsWith('b'))
  }
})

test('forwarding: a server that begins to listen again by itself is found again, and gets what has waited for it', async (t) => {
  const first = await listen(t, (_, res) => res.end('first'))
  await rigWith(t, { url: first.url })
  assert.equal(await (await request('http://svc.plt.local/')).body.text(), 'first')
  first.server.closeAllConnections()
  await new Promise((resolve) => first.server.close(resolve))
  // Finds the kept connection closed, and then nobody who listens.
  const waiting = request('http://svc.plt.local/')
  const again = http.createServer((_, res) => res.end('again'))
  // By then it has been refused once, which shows nowhere.
  setTimeout(() => again.listen(first.port, '127.0.0.1'), 50)
  t.after(() => {
    again.closeAllConnections()
    again.close()
  })
  assert.equal(await (await waiting).body.text(), 'again')
})

test('forwarding: a connection that the server closes as it is used again costs no request', async (t) => {
  let connections = 0
  const { url, server } = await listen(t, (req, res) => {
    // Ends the connection behind its answer without a word about it.
    res.end(`${connections}`, () => setImmediate(() => req.socket.resetAndDestroy()))
  })
  server.on('connection', () => connections++)
  await rigWith(t, { url })
  for (let i = 0; i < 20; i++) assert.equal((await request('http://svc.plt.local/')).statusCode, 200)
  assert.ok(connections > 1)
})
