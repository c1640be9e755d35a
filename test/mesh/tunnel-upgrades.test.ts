import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { createServer, type IncomingMessage, type Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { test } from 'node:test'
import { Agent, connect, upgrade, WebSocket as UndiciWebSocket } from 'undici'
import { WebSocket as WsClient, WebSocketServer } from 'ws'
import { ask } from './http-client.ts'
import { SVC, withService } from './with-service.ts'
import { NOTHING_CUT } from '../../src/model/cut.ts'

const WS = 'ws://svc.plt.local/socket'

/** Echoes, and says to nobody when it closes. */
function echoServer(): { readonly server: Server; readonly sockets: WebSocketServer } {
  const server = createServer((_req, res) => res.end('plain'))
  const sockets = new WebSocketServer({ server })
  sockets.on('connection', (socket) => socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary })))
  return { server, sockets }
}

test('a ws client and a ws server talk both ways, large messages and close codes included', () => {
  const { server, sockets } = echoServer()
  return withService(server, async ({ served: { row } }) => {
    const client = new WsClient(WS)
    const connected = once(sockets, 'connection')
    await once(client, 'open')
    const [accepted] = (await connected) as [WsClient]
    for (const text of ['hello', 'x'.repeat(3_000_000)]) {
      client.send(text)
      const [data] = (await once(client, 'message')) as [Buffer]
      assert.equal(data.toString(), text)
    }
    // Open, but no request any more.
    assert.equal(row.inFlight, 0)
    assert.equal(row.read().requests, 1)
    const closed = Promise.all([once(accepted, 'close'), once(client, 'close')])
    client.close(4001, 'done')
    for (const [code, reason] of (await closed) as readonly unknown[][] as [number, Buffer][])
      assert.deepEqual([code, reason.toString()], [4001, 'done'])
  })
})

test('the WebSocket of Node and the one of npm undici work, with and without a dispatcher of the user’s own', () => {
  const { server } = echoServer()
  return withService(server, async () => {
    const own = new Agent()
    const ways = [() => new WebSocket(WS), () => new UndiciWebSocket(WS), () => new UndiciWebSocket(WS, { dispatcher: own })]
    for (const open of ways) {
      const client = open()
      await once(client, 'open')
      client.send('hello')
      const [{ data }] = (await once(client, 'message')) as [MessageEvent]
      assert.equal(data, 'hello')
      const closed = once(client, 'close')
      client.close(1000)
      await closed
    }
    await own.close()
  })
})

test('undici’s upgrade and connect are given a socket', () => {
  const server = createServer()
  const accept = (status: string) => (_req: IncomingMessage, socket: Duplex) => {
    socket.write(`HTTP/1.1 ${status}\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n`)
    socket.pipe(socket)
  }
  server.on('upgrade', accept('101 Switching Protocols')).on('connect', accept('200 Connection Established'))
  return withService(server, async () => {
    for (const opened of [await upgrade(SVC, { protocol: 'raw' }), await connect(SVC, { path: 'somewhere:1' } as never)]) {
      opened.socket.write('raw bytes')
      const [data] = (await once(opened.socket, 'data')) as [Buffer]
      assert.equal(data.toString(), 'raw bytes')
      opened.socket.end()
      await once(opened.socket, 'close')
    }
  })
})

test('an upgrade that nobody listens for is an ordinary request, as over TCP, and one to nobody an error', () =>
  withService(
    (_req, res) => res.end('plain'),
    async () => {
      assert.equal((await ask({ host: 'svc.plt.local', headers: { connection: 'upgrade', upgrade: 'websocket' } })).body, 'plain')
      const refused = new WsClient(WS)
      await assert.rejects(once(refused, 'open'), { message: 'Unexpected server response: 200' })
      const unknown = new WsClient('ws://nobody.plt.local/')
      await assert.rejects(once(unknown, 'open'), { code: 'MESHRT_MESH_UNKNOWN_SERVICE' })
      const tunnel = http.request(SVC, { method: 'CONNECT', path: 'a:1' }).end()
      await assert.rejects(once(tunnel, 'connect'), { code: 'ECONNRESET' })
    },
  ))

test('a drain waits for an upgraded connection until its deadline, and then tells a WebSocket that the server goes away', () => {
  const { server } = echoServer()
  return withService(server, async ({ served: { endpoint } }) => {
    const [ws, own] = [new WsClient(WS), new UndiciWebSocket(WS)]
    await Promise.all([once(ws, 'open'), once(own, 'open')])
    const closed = Promise.all([once(ws, 'close'), once(own, 'close')])
    assert.deepEqual(await endpoint.drain({ deadlineMs: 20 }), { cut: { requests: 0, upgraded: 2 } })
    const [[code], [event]] = (await closed) as [[number], [CloseEvent]]
    assert.deepEqual([code, event.code, event.wasClean], [1001, 1001, true])
  })
})

test('a drain that is ordered again with less time ends then', () => {
  const { server } = echoServer()
  return withService(server, async ({ served: { endpoint } }) => {
    const ws = new WsClient(WS)
    await once(ws, 'open')
    const closed = once(ws, 'close')
    const drained = endpoint.drain({ deadlineMs: 60_000 })
    await endpoint.drain({ deadlineMs: 20 })
    assert.deepEqual(await drained, { cut: { requests: 0, upgraded: 1 } })
    assert.deepEqual((await closed)[0], 1001)
  })
})

test('an upgraded connection that is no WebSocket stays until the end closes it', () => {
  const server = createServer()
  server.on('upgrade', (_request, socket) =>
    socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n'),
  )
  return withService(server, async ({ served: { endpoint } }) => {
    const { socket } = await upgrade(SVC, { protocol: 'raw' })
    let received = 0
    socket.on('data', (bytes: Buffer) => (received += bytes.length))
    assert.deepEqual(await endpoint.drain({ deadlineMs: 20 }), { cut: { requests: 0, upgraded: 1 } })
    const closed = once(socket, 'close')
    endpoint.close()
    await closed
    assert.equal(received, 0)
  })
})

test('a drain is done as soon as upgraded connections have ended, and lets tunnelled requests finish', () => {
  const { server } = echoServer()
  server.removeAllListeners('request')
  server.on('request', (req, res) => req.resume().on('end', () => res.end('finished')))
  return withService(server, async ({ served: { endpoint } }) => {
    const client = new WsClient(WS)
    await once(client, 'open')
    const slow = http.request(SVC, { method: 'POST' })
    const began = once(server, 'request')
    slow.write('part')
    await began
    const drained = endpoint.drain({ deadlineMs: 10_000 })
    client.close()
    const answered = once(slow, 'response')
    slow.end('rest')
    const [res] = (await answered) as [IncomingMessage]
    await once(res.resume(), 'end')
    assert.deepEqual(await drained, { cut: NOTHING_CUT })
  })
})

test('a drain cuts a tunnelled request at its deadline: the client’s connection is reset', () =>
  withService(
    () => {},
    async ({ served: { endpoint, row } }) => {
      const answer = assert.rejects(ask(SVC), { code: 'ECONNRESET' })
      while (row.inFlight === 0) await new Promise(setImmediate)
      assert.deepEqual(await endpoint.drain({ deadlineMs: 10 }), { cut: { requests: 1, upgraded: 0 } })
      await answer
      assert.equal(row.inFlight, 0)
    },
  ))
