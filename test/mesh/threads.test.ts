import assert from 'node:assert/strict'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, test } from 'node:test'
import { request } from 'undici'
import type { MeshEndpoint } from '../../src/mesh/endpoint.ts'
import { WorkerRow } from '../../src/model/worker-row.ts'
import { MeshRig, type Puppet } from './mesh-rig.ts'
import { NOTHING_CUT } from '../../src/model/cut.ts'

// Requests from this thread to workers in threads of their own.

let rig: MeshRig
let caller: MeshEndpoint
let row: WorkerRow

beforeEach(() => {
  rig = new MeshRig()
  row = new WorkerRow()
  caller = rig.caller('caller/0#1', row)
  caller.installClients()
})

afterEach(() => rig.close())

async function pool(size: number): Promise<Puppet[]> {
  const puppets = await Promise.all(Array.from({ length: size }, (_, slot) => rig.puppet('svc', slot)))
  for (const puppet of puppets) await puppet.route()
  return puppets
}

const ask = async (path: string, options: { method?: string; id?: string; body?: string } = {}) => {
  const { method = 'GET', id = '', body } = options
  const answer = await caller.request({ service: 'svc', method, path, headers: { 'x-id': id }, body, timeoutMs: 10_000 })
  return Buffer.from(answer.body).toString()
}

/** Asks until the answer comes from that worker. */
async function askAt(puppet: Puppet, tries: number): Promise<void> {
  for (let i = 0; i < tries; i++) if ((await ask('/who')) === puppet.name) return
  throw new Error(`no answer came from ${puppet.name}`)
}

test('threads: requests go round over all workers of a service, fairly', async () => {
  const puppets = await pool(3)
  const answers = await Promise.all(Array.from({ length: 30 }, () => ask('/who')))
  for (const puppet of puppets) assert.equal(answers.filter((name) => name === puppet.name).length, 10)
})

test('threads: bodies of any size travel both ways, inline and streamed', async () => {
  await pool(1)
  for (const size of [0, 1, 1_000, 32_768, 32_769, 5_000_000]) {
    const body = Buffer.alloc(size, 'abc')
    const answer = await request('http://svc.plt.local/echo', { method: 'POST', body })
    assert.ok(Buffer.from(await answer.body.arrayBuffer()).equals(body))
    const streamed = await request('http://svc.plt.local/echo', { method: 'POST', body: Readable.from([body, 'end']) })
    assert.equal((await streamed.body.arrayBuffer()).byteLength, size + 3)
  }
})

test('threads: a service calls another, and itself', async () => {
  await pool(1)
  const other = await rig.puppet('other')
  await other.route()
  assert.equal(await ask('/proxy?to=http://other.plt.local/who'), other.name)
  assert.equal(await ask('/proxy?to=http://svc.plt.local/who'), 'svc/0#1')
  assert.match(await ask('/proxy?to=http://nobody.plt.local/'), /fetch failed/)
})

test('threads: an abort reaches the handler, before and after the headers, and nothing stays behind', async () => {
  const [puppet] = await pool(1)
  assert.ok(puppet)
  const waiting = new AbortController()
  const held = request('http://svc.plt.local/hold', { signal: waiting.signal })
  await puppet.saw('held')
  waiting.abort()
  await assert.rejects(held, { name: 'AbortError' })
  await puppet.saw('aborted')
  const half = await request('http://svc.plt.local/half')
  await puppet.saw('half')
  half.body.on('error', () => {}).destroy()
  await puppet.saw('aborted')
  const stream = await request('http://svc.plt.local/bytes?n=1000')
  stream.body.on('error', () => {}).once('data', () => stream.body.destroy())
  await puppet.saw('stream broken')
  await ask('/who')
  assert.equal(puppet.row.inFlight, 0)
})

test('threads: a handler whose caller has aborted knows it by the time its next await resolves', async () => {
  const [puppet] = await pool(1)
  assert.ok(puppet)
  for (const send of [
    (signal: AbortSignal) => fetch('http://svc.plt.local/await', { signal }),
    (signal: AbortSignal) => request('http://svc.plt.local/await', { signal }),
  ]) {
    const abort = new AbortController()
    const pending = send(abort.signal)
    await puppet.saw('waiting')
    abort.abort()
    await assert.rejects(pending, { name: 'AbortError' })
    await puppet.saw('noticed')
  }
})

test('threads: a response that breaks off is an error for the caller', async () => {
  await pool(1)
  const answer = await request('http://svc.plt.local/half-then-break')
  await assert.rejects(answer.body.text(), { code: 'MESHRT_MESH_ABORTED' })
})

test('threads: what a killed worker had not taken is answered by another, whatever its method', async () => {
  const [doomed, other] = await pool(2)
  assert.ok(doomed && other)
  await askAt(doomed, 3)
  await askAt(other, 3)
  // The next request goes to the doomed worker, which then takes nothing more.
  await askAt(doomed, 3)
  await askAt(other, 3)
  const blocking = ask('/block')
  await doomed.saw('blocked')
  const rejected = assert.rejects(blocking, { code: 'MESHRT_MESH_TARGET_LOST' })
  const posts = Array.from({ length: 20 }, (_, i) => ask('/echo', { method: 'POST', body: `post ${i}` }))
  const uploads = Array.from({ length: 4 }, async () => {
    const answer = await request('http://svc.plt.local/echo', { method: 'POST', body: Readable.from(['a', 'b', 'c']) })
    return answer.body.text()
  })
  await new Promise(setImmediate)
  await doomed.thread.terminate()
  await rejected
  assert.deepEqual(
    await Promise.all(posts),
    Array.from({ length: 20 }, (_, i) => `post ${i}`),
  )
  assert.deepEqual(await Promise.all(uploads), ['abc', 'abc', 'abc', 'abc'])
  assert.ok(row.meshCounts.replays > 0)
  assert.equal(row.meshCounts.retries, 0)
})

test('threads: what a killed worker had taken fails at once, unless it can be repeated elsewhere', async () => {
  const puppets = await pool(3)
  const held = await Promise.all(
    puppets.map(async (puppet, i) => {
      const answers = [ask('/hold', { method: 'POST', id: `post ${i}` }), ask('/hold', { id: `get ${i}` })]
      return { puppet, answers }
    }),
  )
  for (const { puppet } of held) {
    await puppet.saw('held')
    await puppet.saw('held')
  }
  const all = held.flatMap(({ answers }) => answers)
  const settled = Promise.allSettled(all)
  await puppets[0]?.thread.terminate()
  // The GET that the dead worker held is held by another now.
  const again = await Promise.race([puppets[1]?.saw('held'), puppets[2]?.saw('held')])
  assert.equal(again?.kind === 'saw' && again.id.startsWith('get'), true)
  for (const puppet of puppets.slice(1)) puppet.send({ kind: 'release' })
  const outcomes = await settled
  const lost = outcomes.filter((outcome) => outcome.status === 'rejected')
  assert.equal(lost.length, 1)
  assert.deepEqual(
    lost.map(({ reason }) => (reason as { code: string }).code),
    ['MESHRT_MESH_TARGET_LOST'],
  )
  assert.equal(row.meshCounts.retries, 1)
  assert.equal(row.meshCounts.replays, 0)
})

test('threads: a handler that throws takes its own request down, and nothing that came in the same batch', async () => {
  await pool(2)
  const [thrown, ...posts] = [
    ask('/throw', { method: 'POST' }),
    ...Array.from({ length: 9 }, (_, i) => ask('/echo', { method: 'POST', body: `${i}` })),
  ]
  await assert.rejects(thrown, { code: 'MESHRT_MESH_TARGET_LOST' })
  assert.deepEqual(await Promise.all(posts), ['0', '1', '2', '3', '4', '5', '6', '7', '8'])
})

test('threads: a request that kills its worker is not tried on the last one', async () => {
  const [, second] = await pool(2)
  assert.ok(second)
  await assert.rejects(ask('/exit'), { code: 'MESHRT_MESH_TARGET_LOST' })
  await assert.doesNotReject(ask('/who'))
})

test('threads: a caller that ends closes what it had asked for', async () => {
  const [puppet] = await pool(1)
  assert.ok(puppet)
  const other = await rig.puppet('other')
  await other.route()
  const proxied = caller.request({ service: 'other', method: 'GET', path: '/proxy?to=http://svc.plt.local/hold', timeoutMs: 10_000 })
  const rejected = assert.rejects(proxied, { code: 'MESHRT_MESH_TARGET_LOST' })
  await puppet.saw('held')
  await other.thread.terminate()
  await rejected
  await puppet.saw('aborted')
})

test('threads: a drain under load loses nothing, POST and streams included', async () => {
  const [first, second] = await pool(2)
  assert.ok(first && second)
  const load = new AbortController()
  let answered = 0
  const callers = Array.from({ length: 16 }, async (_, i) => {
    while (!load.signal.aborted) {
      const body = `${i}-${answered}`
      const answer = await request('http://svc.plt.local/echo', { method: 'POST', body: i % 2 === 0 ? body : Readable.from([body]) })
      assert.equal(await answer.body.text(), body)
      answered++
    }
  })
  for (const [i, old] of [first, second].entries()) {
    const next = await rig.puppet('svc', 2 + i)
    await next.route()
    // On purpose without unrouting first: GOAWAY has to make up for a caller that has not heard.
    old.send({ kind: 'drain', deadlineMs: 5_000 })
    assert.deepEqual((await old.next('drained')).cut, NOTHING_CUT)
    await rig.coordinator.unroute(old.worker)
    await old.thread.terminate()
  }
  load.abort()
  await Promise.all(callers)
  assert.ok(answered > 0)
})
