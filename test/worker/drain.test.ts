import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test, type TestContext } from 'node:test'
import { openIngress } from '../../src/ingress/open-ingress.ts'
import { workerClock } from '../../src/worker/clock.ts'
import { connect, request, startLoad } from './support/clients.ts'
import { servicePath, Thread } from './support/thread.ts'
import { NOTHING_CUT } from '../../src/model/cut.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

async function serve(t: TestContext, slots = 1) {
  const ingress = await openIngress({ hostname: '127.0.0.1', port: 0, slots, clock: workerClock })
  t.after(() => ingress.close())
  const launch = async (slot: number): Promise<Thread> => {
    const thread = new Thread(servicePath('slow.js'), { ingress: await ingress.grant(slot), slot })
    t.after(() => thread.terminate())
    await thread.start()
    return thread
  }
  return { port: ingress.address.port, launch, ingress }
}

/** As a rolling restart does: the next generation serves before the last one drains. */
async function replace(old: Thread, launch: () => Promise<Thread>): Promise<Thread> {
  const next = await launch()
  assert.deepEqual(await old.drain(), { cut: NOTHING_CUT })
  await old.stop()
  assert.equal(await old.exited, 0)
  return next
}

async function connections(port: number, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await request(port, { agent: false })
}

for (const keepAlive of [true, false]) {
  test(`replacing every worker three times loses no request of clients ${keepAlive ? 'that keep their connections' : 'with a connection per request'}`, async (t) => {
    const { port, launch } = await serve(t, 3)
    const threads = await Promise.all([0, 1, 2].map(launch))
    const load = startLoad(port, { clients: 6, keepAlive })
    t.after(() => load.stop())
    for (let round = 0; round < 3; round++) {
      const next = await Promise.all(threads.map((thread, slot) => replace(thread, () => launch(slot))))
      threads.splice(0, 3, ...next)
    }
    await load.stop()
    assert.deepEqual(load.failures, [])
    assert.ok(load.sent > 300, `only ${load.sent} requests`)
    assert.equal(load.perSlot.size, 3)
  })
}

test('connections per request are spread evenly over the slots', async (t) => {
  const { port, launch } = await serve(t, 3)
  const threads = await Promise.all([0, 1, 2].map(launch))
  for (let i = 0; i < 300; i++) await request(port, { agent: false })
  // A request is counted when its response has closed, a moment after the client has it.
  await Promise.all(threads.map((thread) => thread.health()))
  const counts = threads.map((thread) => thread.row.read().requests)
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    300,
  )
  for (const count of counts) assert.ok(count > 50 && count < 150, `spread ${counts.join()}`)
  assert.deepEqual(
    threads.map((thread) => thread.row.inFlight),
    [0, 0, 0],
  )
})

test('a connection stays open until it has had a response with Connection: close', async (t) => {
  const { port, launch } = await serve(t)
  const thread = await launch(0)
  const client = await connect(port)
  assert.match(await client.send(GET, /0 $/), /connection: keep-alive/i)
  const drained = thread.drain(10_000)
  assert.match(await client.send(GET, /0 $/), /connection: close/i)
  await client.closed
  assert.deepEqual(await drained, { cut: NOTHING_CUT })
})

test('a response that had begun is completed, and its connection is asked to close by the next one', async (t) => {
  const { port, launch } = await serve(t)
  const thread = await launch(0)
  const client = await connect(port)
  await client.send(GET.replace('/ ', '/stream '), /first /)
  const drained = thread.drain(10_000)
  await client.send('', /last/)
  assert.match(await client.send(GET, /0 $/), /connection: close/i)
  await client.closed
  assert.deepEqual(await drained, { cut: NOTHING_CUT })
})

test('endless responses and upgraded connections are cut at the deadline and counted, idle ones are not', async (t) => {
  const { port, launch } = await serve(t)
  const thread = await launch(0)
  const endless = await connect(port)
  await endless.send(GET.replace('/ ', '/forever '), /data: 1/)
  const upgraded = await connect(port)
  await upgraded.send('GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: raw\r\n\r\n', /101/)
  assert.equal(await upgraded.send('ping', /ping/), 'ping')
  const idle = await connect(port)
  await idle.send(GET, /0 $/)
  await thread.health()
  assert.equal(thread.row.inFlight, 1)
  assert.deepEqual(await thread.drain(300), { cut: { requests: 1, upgraded: 1 } })
  await Promise.all([endless.closed, upgraded.closed, idle.closed])
})

test("a sibling that adopts a slot's socket answers what waited there, also after its own has drained", async (t) => {
  const { port, launch, ingress } = await serve(t, 2)
  const threads = await Promise.all([0, 1].map(launch))
  const [first, second] = threads
  assert.ok(first && second)
  await first.terminate()
  // About half of these wait in the accept queue of the empty slot.
  const answers = Array.from({ length: 40 }, () => request(port, { agent: false }))
  const grant = await ingress.grant(0)
  assert.ok(grant.kind === 'descriptor')
  await second.adopt({ slot: 0, fd: grant.fd })
  for (const { text } of await Promise.all(answers)) assert.equal(text, '1 ')
  assert.deepEqual(await second.drain(), { cut: NOTHING_CUT })
})

test('a socket that was adopted and released again, any number of times, loses no connection', async (t) => {
  const { port, launch, ingress } = await serve(t, 2)
  const [first] = await Promise.all([0, 1].map(launch))
  assert.ok(first)
  const load = startLoad(port, { clients: 4, keepAlive: false })
  t.after(() => load.stop())
  for (let round = 0; round < 5; round++) {
    const grant = await ingress.grant(1)
    assert.ok(grant.kind === 'descriptor')
    await first.adopt({ slot: 1, fd: grant.fd })
    await connections(port, 20)
    first.release(1)
    await first.health()
    await connections(port, 20)
  }
  await load.stop()
  assert.deepEqual(load.failures, [])
})

test('a worker that is to accept later has its address, and gets no connection before it is told to', async (t) => {
  const { port, launch, ingress } = await serve(t)
  const old = await launch(0)
  const next = new Thread(servicePath('slow.js'), { ingress: await ingress.grant(0), slot: 0 })
  t.after(() => next.terminate())
  const { address } = await next.start('when-routed')
  assert.equal(address?.port, port)
  for (let i = 0; i < 40; i++) await request(port, { agent: false })
  await Promise.all([old.health(), next.health()])
  assert.deepEqual([old.row.read().requests, next.row.read().requests], [40, 0])
  await next.accept()
  await old.drain()
  assert.equal((await request(port, { agent: false })).text, '0 ')
})

test(
  'an idle connection of a worker without a successor is closed after idleMs, not after its keep-alive timeout',
  { timeout: 4000 },
  async (t) => {
    const { port, launch } = await serve(t)
    const thread = await launch(0)
    const idle = await connect(port)
    await idle.send(GET, /0 $/)
    // The server would keep it for 5 s, and the deadline comes later than this test's own.
    assert.deepEqual(await thread.drain(60_000, 50), { cut: NOTHING_CUT })
    await idle.closed
  },
)

test(
  'a drain that is hurried closes idle connections by the new time, and cuts what is left by the new deadline',
  { timeout: 4000 },
  async (t) => {
    const { port, launch } = await serve(t)
    const thread = await launch(0)
    const idle = await connect(port)
    await idle.send(GET, /0 $/)
    const client = new WebSocket(`ws://127.0.0.1:${port}/`)
    await once(client, 'message')
    const closed = once(client, 'close')
    const first = thread.drain(60_000)
    await thread.health()
    const hurried = thread.drain(300, 0)
    await idle.closed
    assert.equal(client.readyState, WebSocket.OPEN, 'what is not idle has until the deadline')
    const cut = { requests: 0, upgraded: 1 }
    assert.deepEqual(await Promise.all([first, hurried]), [{ cut }, { cut }])
    assert.equal(((await closed)[0] as CloseEvent).code, 1001)
  },
)

test('a WebSocket is told at the deadline that the server goes away', async (t) => {
  const { port, launch } = await serve(t)
  const thread = await launch(0)
  const client = new WebSocket(`ws://127.0.0.1:${port}/`)
  await once(client, 'message')
  const closed = once(client, 'close')
  assert.deepEqual(await thread.drain(100), { cut: { requests: 0, upgraded: 1 } })
  const [{ code, wasClean }] = (await closed) as [CloseEvent]
  assert.deepEqual([code, wasClean], [1001, true])
})

test('server-sent events end well at the deadline, and what the service still writes does no harm; another endless response fails', async (t) => {
  const { port, launch } = await serve(t)
  const thread = await launch(0)
  const events = await fetch(`http://127.0.0.1:${port}/events`)
  const endless = await fetch(`http://127.0.0.1:${port}/forever`)
  const [ended, failed] = [events.text(), assert.rejects(endless.text())]
  assert.deepEqual(await thread.drain(100), { cut: { requests: 2, upgraded: 0 } })
  assert.match(await ended, /^(data: 1\n\n)+$/)
  await failed
  // It still answers: the writes after the end have not ended it.
  await thread.health()
})
