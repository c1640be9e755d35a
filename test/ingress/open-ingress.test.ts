import assert from 'node:assert/strict'
import { once } from 'node:events'
import net from 'node:net'
import { test, type TestContext } from 'node:test'
import type { Clock } from '../../src/model/clock.ts'
import { openIngress, type Ingress, type IngressOptions } from '../../src/ingress/open-ingress.ts'
import type { SocketHandle } from '../../src/ingress/bound-socket.ts'
import type { SocketVault } from '../../src/ingress/socket-vault.ts'

/** Only there can one test have several sockets on one port. */
const PER_SLOT = process.platform === 'linux'

const clock: Clock = {
  nowMs: () => performance.now(),
  epochMs: () => Date.now(),
  schedule(delayMs, task) {
    const timer = setTimeout(task, delayMs)
    return () => clearTimeout(timer)
  },
}

async function open(t: TestContext, options: Partial<IngressOptions> = {}): Promise<Ingress> {
  const ingress = await openIngress({ hostname: '127.0.0.1', port: 0, slots: 1, clock, ...options })
  t.after(() => ingress.close())
  return ingress
}

async function descriptor(ingress: Ingress, slot: number): Promise<number> {
  const grant = await ingress.grant(slot)
  assert.equal(grant.kind, 'descriptor')
  return grant.kind === 'descriptor' ? grant.fd : -1
}

/** Accepts on a grant, in this thread. */
async function acceptOn(t: TestContext, fd: number): Promise<net.Server> {
  const server = net.createServer((socket) => socket.end('hello'))
  server.listen({ fd })
  await once(server, 'listening')
  t.after(() => server.close())
  return server
}

async function readFrom(host: string, port: number): Promise<string> {
  const socket = net.connect({ host, port })
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

test('port 0 becomes a real port, the same for every slot', async (t) => {
  const ingress = await open(t, { slots: 3 })
  assert.ok(ingress.address.port > 0)
  assert.equal(ingress.address.hostname, '127.0.0.1')
  for (const slot of [0, 1, 2]) {
    const server = await acceptOn(t, await descriptor(ingress, slot))
    assert.deepEqual(server.address(), { address: '127.0.0.1', family: 'IPv4', port: ingress.address.port })
  }
  assert.equal(await readFrom('127.0.0.1', ingress.address.port), 'hello')
})

test('every grant is a descriptor of its own, however many generations and slots come', async (t) => {
  const ingress = await open(t, { slots: 2 })
  const slots = [0, 1, 0, 1, 0, 0, 0, 0, 0, 0, 2, 7, 2]
  const granted = await Promise.all(slots.map((slot) => descriptor(ingress, slot)))
  assert.equal(new Set(granted).size, slots.length)
})

test('a port that another program listens on is in use', async (t) => {
  const other = net.createServer().listen(0, '127.0.0.1')
  t.after(() => other.close())
  await once(other, 'listening')
  const { port } = other.address() as net.AddressInfo
  await assert.rejects(open(t, { port }), {
    code: 'MESHRT_PORT_IN_USE',
    message: `Cannot listen on 127.0.0.1:${port}: the port is in use`,
  })
})

test('a port that another runtime shares among its workers is in use', async (t) => {
  const other = await open(t)
  await acceptOn(t, await descriptor(other, 0))
  await assert.rejects(open(t, { port: other.address.port }), { code: 'MESHRT_PORT_IN_USE' })
})

test('an address of another machine, or a name that does not resolve, is denied', async (t) => {
  await assert.rejects(open(t, { hostname: '192.0.2.1' }), {
    code: 'MESHRT_PORT_DENIED',
    message: /192\.0\.2\.1:0: this machine has no such/,
  })
  await assert.rejects(open(t, { hostname: 'no-such-host.invalid' }), { code: 'MESHRT_PORT_DENIED', message: /does not resolve/ })
})

for (const [hostname, client] of [
  ['localhost', 'localhost'],
  ['0.0.0.0', '127.0.0.1'],
  ['::', '127.0.0.1'],
  ['::1', '::1'],
] as const) {
  test(`the entrypoint can be bound to ${hostname}`, async (t) => {
    const ingress = await open(t, { hostname })
    await acceptOn(t, await descriptor(ingress, 0))
    assert.equal(await readFrom(client, ingress.address.port), 'hello')
  })
}

test('a platform without even balancing shares one socket', async (t) => {
  const ingress = await open(t, { platform: 'darwin', slots: 2 })
  assert.equal(ingress.socketPerSlot, false)
  assert.equal(ingress.maxWorkers, Number.POSITIVE_INFINITY)
  const [first, second] = [await descriptor(ingress, 0), await descriptor(ingress, 5)]
  assert.notEqual(first, second)
  await acceptOn(t, first)
  await acceptOn(t, second)
  assert.equal(await readFrom('127.0.0.1', ingress.address.port), 'hello')
})

test('a platform that cannot hand over descriptors grants an address to one worker', async (t) => {
  const ingress = await open(t, { platform: 'win32', hostname: 'localhost' })
  assert.equal(ingress.maxWorkers, 1)
  const grant = await ingress.grant(0)
  assert.equal(grant.kind, 'address')
  assert.equal(grant.kind === 'address' && grant.port, ingress.address.port)
})

test('closing while duplicates are being made ends the helper and refuses grants', async (t) => {
  const ingress = await open(t, { slots: 2 })
  const pending = ingress.grant(0)
  ingress.close()
  await assert.rejects(pending, { code: 'MESHRT_INGRESS_FAILED' })
  await assert.rejects(ingress.grant(0), { code: 'MESHRT_STOPPING' })
})

test('what is taken back is granted again, instead of staying open for ever', { skip: process.platform === 'win32' }, async (t) => {
  const ingress = await open(t)
  const first = await ingress.grant(0)
  ingress.takeBack(first)
  ingress.takeBack(first)
  const again = await ingress.grant(0)
  const other = await ingress.grant(0)
  assert.deepEqual(again, first)
  assert.notDeepEqual(other, first)
  assert.ok(again.kind === 'descriptor')
  const server = await acceptOn(t, again.fd)
  assert.ok(server.listening)
})

/** What an earlier runtime had bound, one socket per key. */
async function inherited(t: TestContext, slots: number) {
  const kept = new Map<number, SocketHandle>()
  const dropped: number[] = []
  const vault = (sockets: ReadonlyMap<number, SocketHandle>): SocketVault => ({
    take: () => sockets,
    keep: (key, handle) => void kept.set(key, handle),
    drop: (key) => void dropped.push(key),
  })
  const first = await open(t, { slots, vault: vault(new Map()) })
  return { port: first.address.port, dropped, vault: vault(kept) }
}

test('sockets of an earlier runtime stay open for slots that are there no more, and can be granted', { skip: !PER_SLOT }, async (t) => {
  const { port, dropped, vault } = await inherited(t, 3)
  const ingress = await open(t, { slots: 1, port, vault })
  assert.deepEqual([ingress.opened, dropped], [[0, 1, 2], []])
  assert.equal((await acceptOn(t, await descriptor(ingress, 2))).listening, true)
})

test('where all share one socket, those of an earlier runtime that had more are closed', { skip: !PER_SLOT }, async (t) => {
  const { port, dropped, vault } = await inherited(t, 3)
  const ingress = await open(t, { slots: 1, port, vault, platform: 'darwin' })
  assert.deepEqual([ingress.opened, dropped], [[], [1, 2]])
})
