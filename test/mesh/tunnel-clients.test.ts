import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import https from 'node:https'
import net, { connect, createServer as createNetServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { test } from 'node:test'
import axios from 'axios'
import { Agent, fetch as undiciFetch, request } from 'undici'
import { ask } from './http-client.ts'
import { SVC, withService } from './with-service.ts'

const echo = (req: IncomingMessage, res: ServerResponse) => void req.pipe(res)

test('axios reaches a service, with bodies and errors of its own', () =>
  withService(
    (req, res) => {
      if (req.url === '/teapot') res.writeHead(418).end('short and stout')
      else echo(req, res.setHeader('content-type', 'application/json'))
    },
    async () => {
      const client = axios.create({ baseURL: SVC, adapter: 'http' })
      assert.deepEqual((await client.post('/', { n: 'x'.repeat(100_000) })).data, { n: 'x'.repeat(100_000) })
      await assert.rejects(client.get('/teapot'), { status: 418 })
      await assert.rejects(axios.get('http://nobody.plt.local/', { adapter: 'http' }), { code: 'MESHRT_MESH_UNKNOWN_SERVICE' })
    },
  ))

test('undici with a dispatcher of the user’s own goes through the tunnel', () =>
  withService(echo, async ({ served: { row } }) => {
    const dispatcher = new Agent()
    for (let i = 0; i < 3; i++) {
      const answer = await request(SVC, { dispatcher, method: 'POST', body: `body ${i}` })
      assert.equal(await answer.body.text(), `body ${i}`)
    }
    const fetched = await undiciFetch(SVC, { dispatcher, method: 'POST', body: 'fetched' })
    assert.equal(await fetched.text(), 'fetched')
    await assert.rejects(request('http://nobody.plt.local/', { dispatcher }), { code: 'MESHRT_MESH_UNKNOWN_SERVICE' })
    await assert.rejects(request('https://svc.plt.local/', { dispatcher }), { code: 'MESHRT_MESH_HTTPS' })
    await dispatcher.close()
    assert.equal(row.read().requests, 4)
  }))

test('every way to open a connection leads to the mesh: names taken before, all shapes of arguments, sockets used again', () =>
  withService(
    (_req, res) => res.end('answer'),
    async () => {
      const custom = new net.Socket()
      const ways: (() => net.Socket)[] = [
        () => connect(80, 'svc.plt.local'),
        () => connect({ host: 'svc.plt.local', port: 80 }),
        () => net.createConnection({ host: 'svc.plt.local', port: 80 }, () => {}),
        () => custom.connect(80, 'svc.plt.local'),
        () => custom.connect({ port: 8080, host: 'SVC.plt.local' }),
      ]
      for (const open of ways) {
        const socket = open()
        assert.equal(socket.connecting, true)
        await once(socket, 'connect')
        assert.equal(socket.connecting, false)
        assert.equal(socket.remoteAddress, '127.0.0.1')
        socket.write('GET / HTTP/1.0\r\n\r\n')
        let text = ''
        socket.setEncoding('utf8').on('data', (part: string) => (text += part))
        await once(socket, 'close')
        assert.match(text, /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nanswer$/)
        assert.equal(socket.bytesWritten, 18)
        assert.equal(socket.bytesRead, text.length)
      }
    },
  ))

test('a socket used for the mesh can be used for another host', () =>
  withService(
    (_req, res) => res.end(),
    async () => {
      const server = createNetServer((peer) => peer.end('from outside')).listen(0, '127.0.0.1')
      await once(server, 'listening')
      const socket = new net.Socket()
      socket.connect(80, 'svc.plt.local').end()
      await once(socket.resume(), 'close')
      socket.connect((server.address() as AddressInfo).port, '127.0.0.1')
      const [data] = (await once(socket, 'data')) as [Buffer]
      assert.equal(data.toString(), 'from outside')
      await once(socket, 'close')
      server.close()
    },
  ))

test('a service that does not exist and TLS are errors of the mesh, never DNS', () =>
  withService(
    (_req, res) => res.end(),
    async () => {
      const lookup = () => assert.fail('asked DNS')
      await assert.rejects(ask('http://nobody.plt.local/'), { code: 'MESHRT_MESH_UNKNOWN_SERVICE' })
      await assert.rejects(ask({ host: 'nobody.plt.local', lookup }), { code: 'MESHRT_MESH_UNKNOWN_SERVICE' })
      await assert.rejects(once(connect({ host: 'nobody.plt.local', port: 80, lookup }), 'connect'), {
        code: 'MESHRT_MESH_UNKNOWN_SERVICE',
      })
      await assert.rejects(once(https.get('https://svc.plt.local/', { lookup }), 'response'), { code: 'MESHRT_MESH_HTTPS' })
      await assert.rejects(once(tls.connect({ host: 'svc.plt.local', port: 443, lookup }), 'secureConnect'), { code: 'MESHRT_MESH_HTTPS' })
    },
  ))

test('other hosts and unix sockets are none of the mesh', () =>
  withService(
    (_req, res) => res.end(),
    async ({ served }) => {
      const path = join(tmpdir(), `meshrt-tunnel-${process.pid}.sock`)
      const byPath = createServer((_req, res) => res.end('by path')).listen(path)
      const byPort = createServer((req, res) => res.end(req.headers.host)).listen(0, '127.0.0.1')
      await Promise.all([once(byPath, 'listening'), once(byPort, 'listening')])
      assert.equal((await ask({ socketPath: path, host: 'svc.plt.local' })).body, 'by path')
      const { port } = byPort.address() as AddressInfo
      assert.equal((await ask({ host: '127.0.0.1', port, headers: { host: 'svc.plt.local' } })).body, 'svc.plt.local')
      assert.equal(served.row.read().requests, 0)
      byPath.close()
      byPort.close()
    },
  ))

test('closing the endpoint gives connections back to Node', async () => {
  const connectNow = (): unknown => Reflect.get(net.Socket.prototype, 'connect')
  const before = connectNow()
  await withService(
    (_req, res) => res.end(),
    async () => {
      assert.notEqual(connectNow(), before)
    },
  )
  assert.equal(connectNow(), before)
})
