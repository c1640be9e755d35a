import assert from 'node:assert/strict'
import { once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, test } from 'node:test'
import { answerOf, ask } from './http-client.ts'
import { MeshRig, type Puppet } from './mesh-rig.ts'
import { NOTHING_CUT } from '../../src/model/cut.ts'

// Tunnels from this thread to workers in threads of their own.

let rig: MeshRig

beforeEach(() => {
  rig = new MeshRig()
  rig.caller().installClients()
})

afterEach(() => rig.close())

async function pool(size: number): Promise<Puppet[]> {
  const puppets = await Promise.all(Array.from({ length: size }, (_, slot) => rig.puppet('svc', slot)))
  for (const puppet of puppets) await puppet.route()
  return puppets
}

const host = 'svc.plt.local'

/** So that the next request goes to the first. */
async function turnTo(puppet: Puppet): Promise<void> {
  while ((await ask({ host, path: '/who' })).body !== puppet.name);
}

test('threads: tunnelled requests of one keep-alive agent go round over all workers, fairly', async () => {
  const puppets = await pool(3)
  const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
  const answers = await Promise.all(Array.from({ length: 30 }, async () => (await ask({ host, path: '/who', agent })).body))
  for (const puppet of puppets) assert.equal(answers.filter((name) => name === puppet.name).length, 10)
})

test('threads: large bodies go both ways through a tunnel', async () => {
  await pool(1)
  const body = Buffer.alloc(20_000_000, 'abc')
  const req = http.request({ host, path: '/echo', method: 'POST' })
  Readable.from([body, 'end']).pipe(req)
  assert.equal((await answerOf(req)).body, `${body.toString()}end`)
  const [res] = (await once(http.get({ host, path: '/bytes?n=2000' }), 'response')) as [IncomingMessage]
  let bytes = 0
  for await (const chunk of res) bytes += (chunk as Buffer).length
  assert.equal(bytes, 2_000 * 65_536)
})

test('threads: an abort of a tunnelled request reaches the handler, and nothing stays behind', async () => {
  const [puppet] = await pool(1)
  assert.ok(puppet)
  const held = http.get({ host, path: '/hold' }).on('error', () => {})
  await puppet.saw('held')
  held.destroy()
  await puppet.saw('aborted')
  const [stream] = (await once(http.get({ host, path: '/bytes?n=1000' }), 'response')) as [IncomingMessage]
  await once(stream, 'readable')
  stream.destroy()
  await puppet.saw('stream broken')
  // Each answer leaves after what was before it has been counted.
  for (let i = 0; i < 20 && puppet.row.inFlight > 0; i++) await ask({ host, path: '/who' })
  assert.equal(puppet.row.inFlight, 0)
})

test('threads: a tunnelled request that a killed worker had not taken is answered by another, its streamed body whole', async () => {
  const [doomed, other] = await pool(2)
  assert.ok(doomed && other)
  await turnTo(other)
  const blocking = ask({ host, path: '/block' })
  await doomed.saw('blocked')
  const lost = assert.rejects(blocking, (error: Error & { code: string; cause: { code: string } }) => {
    assert.equal(error.code, 'ECONNRESET')
    assert.equal(error.cause.code, 'MESHRT_MESH_TARGET_LOST')
    return true
  })
  const posts = Array.from({ length: 10 }, async (_, i) => (await ask({ host, path: '/echo', method: 'POST' }, `post ${i}`)).body)
  const uploads = Array.from({ length: 4 }, async () => {
    const req = http.request({ host, path: '/echo', method: 'POST' })
    Readable.from(['a', Buffer.alloc(1_000_000, 'b'), 'c']).pipe(req)
    return (await answerOf(req)).body.length
  })
  await new Promise(setImmediate)
  await doomed.thread.terminate()
  await lost
  assert.deepEqual(
    await Promise.all(posts),
    Array.from({ length: 10 }, (_, i) => `post ${i}`),
  )
  assert.deepEqual(await Promise.all(uploads), [1_000_002, 1_000_002, 1_000_002, 1_000_002])
})

test('threads: a worker that dies in a response resets the connection after what it sent', async () => {
  const [puppet] = await pool(1)
  assert.ok(puppet)
  const req = http.get({ host, path: '/half' })
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  const [data] = (await once(res, 'data')) as [Buffer]
  assert.equal(data.toString(), 'half')
  const failed = Promise.all([once(req, 'error'), once(res, 'error')]) as Promise<[Error & { code: string }][]>
  await puppet.thread.terminate()
  for (const [error] of await failed) assert.equal(error.code, 'ECONNRESET')
})

test('threads: requests that come while a worker drains go to another, those under way finish', async () => {
  const [leaving, staying] = await pool(2)
  assert.ok(leaving && staying)
  await turnTo(staying)
  const slow = ask({ host, path: '/hold', method: 'POST' }, 'x')
  await leaving.saw('held')
  leaving.send({ kind: 'drain', deadlineMs: 10_000 })
  const posts = await Promise.all(
    Array.from({ length: 20 }, async (_, i) => (await ask({ host, path: '/echo', method: 'POST' }, `post ${i}`)).body),
  )
  assert.deepEqual(
    posts,
    Array.from({ length: 20 }, (_, i) => `post ${i}`),
  )
  assert.equal((await ask({ host, path: '/who' })).body, staying.name)
  leaving.send({ kind: 'release' })
  assert.equal((await slow).body, leaving.name)
  assert.deepEqual((await leaving.next('drained')).cut, NOTHING_CUT)
})

test('threads: bytes that are no HTTP are answered by the parser and harm nobody else', async () => {
  await pool(1)
  const socket = connect(80, host)
  const closed = once(socket, 'close')
  socket.write('this is no HTTP\r\n\r\n')
  const [data] = (await once(socket, 'data')) as [Buffer]
  assert.match(data.toString(), /^HTTP\/1\.1 400 Bad Request/)
  await closed
  assert.equal((await ask({ host, path: '/who' })).status, 200)
})
