import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, test } from 'node:test'
import { request } from 'undici'
import type { MeshEndpoint } from '../../src/mesh/endpoint.ts'
import { WorkerRow } from '../../src/model/worker-row.ts'
import { MeshRig, type Puppet } from './mesh-rig.ts'

// Workers in threads of their own whose loop stands still, and wakes again: every request is handled once.

let rig: MeshRig
let caller: MeshEndpoint
let row: WorkerRow

beforeEach(() => {
  rig = new MeshRig({ mesh: { stuckAfterMs: 250 } })
  row = new WorkerRow()
  caller = rig.caller('caller/0#1', row)
  caller.installClients()
})

afterEach(() => rig.close())

const ask = async (path: string, { method = 'GET', id = '' } = {}) => {
  const body = method === 'GET' ? undefined : id
  const answer = await caller.request({ service: 'svc', method, path, headers: { 'x-id': id }, body, timeoutMs: 20_000 })
  return Buffer.from(answer.body).toString()
}

/** By node:http, and so through a tunnel. */
async function post(id: string): Promise<string> {
  const asked = httpRequest('http://svc.plt.local/record', { method: 'POST', headers: { 'x-id': id } }).end(id)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  return text(response)
}

/** A routed worker that takes nothing any more, and what it is to answer first when it wakes. */
async function stalled(): Promise<{ puppet: Puppet; answer: Promise<string> }> {
  const puppet = await rig.puppet('svc')
  await puppet.route()
  const answer = ask('/stall')
  await puppet.saw('stalled')
  return { puppet, answer }
}

/** Resolves when more requests than so many have been sent elsewhere. */
async function untilReplayed(before: number): Promise<void> {
  const signal = AbortSignal.timeout(20_000)
  while (row.meshCounts.replays <= before) {
    signal.throwIfAborted()
    await new Promise(setImmediate)
  }
}

/** Asks until that worker answers. */
async function untilAnsweredBy(puppet: Puppet): Promise<void> {
  const signal = AbortSignal.timeout(20_000)
  while ((await ask('/who')) !== puppet.name) signal.throwIfAborted()
}

test('stuck: what a blocked worker has not taken is answered by another, and not handled again when it wakes', async () => {
  const { puppet: blocked, answer } = await stalled()
  const other = await rig.puppet('svc', 1)
  await other.route()
  const ids = Array.from({ length: 20 }, (_, i) => `post ${i}`)
  const posts = ids.map((id) => ask('/record', { method: 'POST', id }))
  const uploads = ids.map(async (id) => {
    const body = Readable.from(['a', 'b', id])
    const response = await request('http://svc.plt.local/record', { method: 'POST', headers: { 'x-id': `stream ${id}` }, body })
    return response.body.text()
  })
  const tunnelled = ids.map((id) => post(`tunnel ${id}`))
  assert.deepEqual(await Promise.all(posts), ids)
  assert.deepEqual(
    await Promise.all(tunnelled),
    ids.map((id) => `tunnel ${id}`),
  )
  assert.deepEqual(
    await Promise.all(uploads),
    ids.map((id) => `ab${id}`),
  )
  assert.ok(row.meshCounts.replays > 0)
  // Passed over at once from now on.
  for (let i = 0; i < 4; i++) assert.equal(await ask('/who'), other.name)
  blocked.wake()
  assert.equal(await answer, blocked.name)
  await untilAnsweredBy(blocked)
  await blocked.caughtUp()
  assert.deepEqual(blocked.heardAll('handled'), [])
  await other.caughtUp()
  assert.deepEqual(
    other.heardAll('handled').toSorted(),
    [...ids, ...ids.map((id) => `stream ${id}`), ...ids.map((id) => `tunnel ${id}`)].toSorted(),
  )
  assert.equal(blocked.row.inFlight, 0)
})

test('stuck: a request that a blocked worker took before is cancelled there, though it comes among what was taken back', async () => {
  const { puppet: blocked, answer } = await stalled()
  blocked.wake()
  await answer
  const abort = new AbortController()
  const held = caller.request({ service: 'svc', method: 'GET', path: '/hold', signal: abort.signal, timeoutMs: 20_000 })
  await blocked.saw('held')
  const again = ask('/stall')
  await blocked.saw('stalled')
  const post = ask('/record', { method: 'POST', id: 'post' })
  abort.abort()
  await assert.rejects(held, { code: 'MESHRT_MESH_ABORTED' })
  const other = await rig.puppet('svc', 1)
  await other.route()
  assert.equal(await post, 'post')
  blocked.wake()
  await again
  await blocked.saw('aborted')
})

test('stuck: with nobody else there, requests stay with a blocked worker; a new sibling gets them', async () => {
  const { puppet: blocked, answer } = await stalled()
  const post = ask('/record', { method: 'POST', id: 'post' })
  const sibling = await rig.puppet('svc', 1)
  await sibling.route()
  assert.equal(await post, 'post')
  await sibling.saw('handled')
  blocked.wake()
  assert.equal(await answer, blocked.name)
  await untilAnsweredBy(blocked)
  await blocked.caughtUp()
  assert.deepEqual(blocked.heardAll('handled'), [])
})

test('stuck: a blocked worker that never wakes costs nothing but what it had taken', async () => {
  const { puppet: blocked, answer } = await stalled()
  const lost = assert.rejects(answer, { code: 'MESHRT_MESH_TARGET_LOST' })
  const other = await rig.puppet('svc', 1)
  await other.route()
  const ids = Array.from({ length: 20 }, (_, i) => `post ${i}`)
  assert.deepEqual(await Promise.all(ids.map((id) => ask('/record', { method: 'POST', id }))), ids)
  await blocked.thread.terminate()
  await lost
  await other.caughtUp()
  assert.deepEqual(other.heardAll('handled').toSorted(), ids.toSorted())
})

test('stuck: workers that stall and wake in turns under load handle every request once', async () => {
  const puppets = await Promise.all([0, 1, 2].map((slot) => rig.puppet('svc', slot)))
  for (const puppet of puppets) await puppet.route()
  let next = 0
  const load = new AbortController()
  const callers = Array.from({ length: 16 }, async () => {
    while (!load.signal.aborted) {
      const id = `${next++}`
      assert.equal(await ask('/record', { method: 'POST', id }), id)
    }
  })
  for (const puppet of [...puppets, ...puppets]) {
    const before = row.meshCounts.replays
    puppet.send({ kind: 'stall' })
    await puppet.next('stalling')
    await untilReplayed(before)
    puppet.wake()
    await puppet.next('awake')
  }
  load.abort()
  await Promise.all(callers)
  for (const puppet of puppets) {
    await untilAnsweredBy(puppet)
    await puppet.caughtUp()
  }
  const handled = puppets.flatMap((puppet) => puppet.heardAll('handled'))
  assert.equal(handled.length, next)
  assert.equal(new Set(handled).size, next)
})
