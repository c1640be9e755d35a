import assert from 'node:assert/strict'
import { once } from 'node:events'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { checkConnectionsOnceThereAre } from '../../src/worker/connection-checks.ts'

/** Node's own interval, which is nowhere to be seen from outside. */
function isChecking(server: http.Server): boolean {
  const key = Object.getOwnPropertySymbols(server).find(({ description }) => description === 'http.server.connectionsCheckingInterval')
  const timer = key === undefined ? undefined : (Reflect.get(server, key) as NodeJS.Timeout | undefined)
  // One that was cleared is still there.
  return timer !== undefined && Reflect.get(timer, '_destroyed') !== true
}

/** Accepts for a server that believes that it listens, as a worker does. */
async function acceptFor(server: http.Server, t: TestContext): Promise<number> {
  const acceptor = net.createServer((socket) => server.emit('connection', socket))
  acceptor.listen(0, '127.0.0.1')
  await once(acceptor, 'listening')
  t.after(() => acceptor.close())
  return (acceptor.address() as AddressInfo).port
}

async function answerToHalfARequest(port: number): Promise<string> {
  const socket = net.connect(port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: x\r\n')
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

test('a server that nobody connects to is never woken to check its connections', () => {
  const server = http.createServer()
  checkConnectionsOnceThereAre(server)
  server.emit('listening')
  assert.equal(isChecking(server), false)
})

test('a server checks its connections from the first one on, also when it listens again', { timeout: 20_000 }, async (t) => {
  const server = http.createServer({ connectionsCheckingInterval: 20, headersTimeout: 100, requestTimeout: 100 })
  const port = await acceptFor(server, t)
  for (let round = 0; round < 2; round++) {
    checkConnectionsOnceThereAre(server)
    server.emit('listening')
    assert.match(await answerToHalfARequest(port), /^HTTP\/1\.1 408 /)
    assert.equal(isChecking(server), true)
    server.close()
    assert.equal(isChecking(server), false)
  }
})
