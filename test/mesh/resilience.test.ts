import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request as httpRequest, type IncomingMessage, type RequestListener } from 'node:http'
import { afterEach, beforeEach, test } from 'node:test'
import type { MeshEndpoint } from '../../src/mesh/endpoint.ts'
import { serviceId } from '../../src/model/ids.ts'
import type { MeshSpec } from '../../src/model/spec.ts'
import { WorkerRow } from '../../src/model/worker-row.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { MeshRig } from './mesh-rig.ts'

// What callers do about targets that fail, are full or may not be called. Both ends in this thread, time in the test's hand.

const SVC = serviceId('svc')
const CIRCUIT = { failures: 5, openForMs: 1_000, maxOpenForMs: 4_000 }

let clock: FakeClock
let rig: MeshRig
let caller: MeshEndpoint
let row: WorkerRow
let alive: NodeJS.Timeout

function setUp(mesh: Partial<MeshSpec> = {}): void {
  clock = new FakeClock()
  rig = new MeshRig({ clock, mesh: { circuit: CIRCUIT, ...mesh } })
  row = new WorkerRow()
  caller = rig.caller('caller/0#1', row)
}

beforeEach(() => {
  // Mesh ports do not keep a process alive, and here they are all there is.
  alive = setInterval(() => {}, 1_000)
})

afterEach(async () => {
  clearInterval(alive)
  await rig.close()
  clock.assertNoTimers()
})

const call = (method = 'GET', body?: string, signal?: AbortSignal) =>
  caller.request({ service: 'svc', method, path: '/', body, timeoutMs: 60_000, ...(signal ? { signal } : {}) })
const text = async (method?: string, body?: string) => Buffer.from((await call(method, body)).body).toString()
const header = (headers: readonly string[], name: string) => headers[headers.indexOf(name) + 1]
const breakOff: RequestListener = (_req, res) => void res.destroy()
const answer =
  (what: string): RequestListener =>
  (_req, res) =>
    void res.end(what)

/** A handler that can be told to change its mind. */
function moody(): { listener: RequestListener; mood: RequestListener } {
  const self = { mood: breakOff, listener: ((req, res) => self.mood(req, res)) as RequestListener }
  return self
}

async function failTimes(times: number): Promise<void> {
  for (let i = 0; i < times; i++) await assert.rejects(call(), { code: 'MESHRT_MESH_ABORTED' })
}

test('circuit: five broken connections in a row open it, the service fails fast, and a good probe closes it', async () => {
  setUp()
  const service = moody()
  await rig.serve('svc', service.listener)
  await failTimes(5)
  const opened = await rig.event('circuit.opened')
  assert.deepEqual(
    { caller: opened.caller, target: opened.target, reason: opened.reason },
    { caller: 'caller/0#1', target: 'svc/0#1', reason: 'MESHRT_MESH_ABORTED' },
  )
  assert.equal((await rig.event('circuit.opened')).target, 'svc')
  const refused = await call('POST', 'x')
  assert.equal(refused.status, 503)
  assert.equal(header(refused.headers, 'x-meshrt-error'), 'MESHRT_MESH_CIRCUIT_OPEN')
  assert.ok(Number(header(refused.headers, 'retry-after')) >= 1)
  service.mood = answer('well')
  await clock.advance(opened.openMs)
  assert.equal(await text(), 'well')
  assert.equal((await rig.event('circuit.half-opened')).target, 'svc/0#1')
  assert.equal((await rig.event('circuit.closed')).target, 'svc/0#1')
  assert.equal(await text(), 'well')
  assert.equal(row.meshCounts.failedFast, 1)
})

test('circuit: a probe that fails opens it for longer, and only one probe goes at a time', async () => {
  setUp()
  const service = moody()
  await rig.serve('svc', service.listener)
  await failTimes(5)
  const first = await rig.event('circuit.opened')
  await rig.event('circuit.opened')
  await clock.advance(first.openMs)
  await failTimes(1)
  const again = await rig.event('circuit.opened')
  assert.ok(again.openMs > first.openMs)
  let release = (): void => {}
  const asked = new Promise<void>((resolve) => {
    service.mood = (_req, res) => {
      release = () => res.end('well')
      resolve()
    }
  })
  await clock.advance(again.openMs)
  const probe = text()
  await asked
  assert.equal((await call()).status, 503)
  release()
  assert.equal(await probe, 'well')
  service.mood = answer('well')
  assert.equal(await text(), 'well')
})

test('circuit: a probe that its caller gives up makes room for the next one', async () => {
  setUp()
  const service = moody()
  await rig.serve('svc', service.listener)
  await failTimes(5)
  const { openMs } = await rig.event('circuit.opened')
  await clock.advance(openMs)
  const asked = new Promise<void>((resolve) => {
    service.mood = () => resolve()
  })
  const abort = new AbortController()
  const given = call('GET', undefined, abort.signal)
  await asked
  abort.abort()
  await assert.rejects(given, { code: 'MESHRT_MESH_ABORTED' })
  service.mood = answer('well')
  assert.equal(await text(), 'well')
})

test('circuit: a status of 500 and a caller that aborts are no failures of the target', async () => {
  setUp()
  const service = moody()
  await rig.serve('svc', service.listener)
  service.mood = (_req, res) => void res.writeHead(500).end('ill')
  for (let i = 0; i < 10; i++) assert.equal((await call()).status, 500)
  for (let i = 0; i < 10; i++) {
    const abort = new AbortController()
    service.mood = () => abort.abort()
    await assert.rejects(call('GET', undefined, abort.signal), { code: 'MESHRT_MESH_ABORTED' })
  }
  service.mood = answer('well')
  assert.equal(await text(), 'well')
  assert.deepEqual(rig.events, [])
})

test('circuit: a target that fails is left out while another answers, and let in again by a good probe', async () => {
  setUp()
  const service = moody()
  await rig.serve('svc', service.listener)
  await rig.serve('svc', answer('other'), 1)
  const outcomes = []
  for (let i = 0; i < 10; i++) outcomes.push(await text('POST').catch(() => 'broken'))
  assert.equal(outcomes.filter((one) => one === 'broken').length, 5)
  const { target, openMs } = await rig.event('circuit.opened')
  assert.equal(target, 'svc/0#1')
  for (let i = 0; i < 10; i++) assert.equal(await text('POST'), 'other')
  service.mood = answer('well')
  await clock.advance(openMs)
  const seen = new Set<string>()
  for (let i = 0; i < 4; i++) seen.add(await text())
  assert.deepEqual([...seen].toSorted(), ['other', 'well'])
  assert.equal(rig.events.filter(({ type }) => type === 'circuit.opened').length, 0)
})

test('circuit: no headers in time counts as a failure', async () => {
  setUp({ circuit: { ...CIRCUIT, failures: 1 }, timeouts: { headersMs: 100, bodyIdleMs: 0 } })
  const asked = Promise.withResolvers<void>()
  await rig.serve('svc', () => asked.resolve())
  const failed = new Promise<Error>((resolve) => {
    caller.dispatch(
      { origin: 'http://svc.plt.local', method: 'GET', path: '/' },
      { onConnect: () => {}, onHeaders: () => {}, onData: () => {}, onComplete: () => {}, onError: resolve },
    )
  })
  await asked.promise
  await clock.advance(100)
  assert.equal((await failed).name, 'HeadersTimeoutError')
  assert.equal((await rig.event('circuit.opened')).reason, 'MESHRT_MESH_TIMEOUT')
})

test('admission: what is over the limit is answered by another worker, and with 503 when all are full', async () => {
  setUp({ maxInFlight: 1 })
  const held: (() => void)[] = []
  const hold: RequestListener = (_req, res) => void held.push(() => res.end('done'))
  const first = await rig.serve('svc', hold)
  const second = await rig.serve('svc', hold, 1)
  const answers = Array.from({ length: 4 }, () => call('POST', 'x'))
  const refused = await Promise.race(answers)
  assert.equal(refused.status, 503)
  assert.equal(header(refused.headers, 'x-meshrt-error'), 'MESHRT_MESH_OVERLOADED')
  assert.equal(header(refused.headers, 'retry-after'), '1')
  assert.ok(first.row.meshCounts.sheds + second.row.meshCounts.sheds >= 2)
  assert.equal(row.meshCounts.retries, 2)
  for (const release of held) release()
  const statuses = (await Promise.all(answers)).map(({ status }) => String(status))
  assert.deepEqual(statuses.toSorted(), ['200', '200', '503', '503'])
  assert.equal(first.row.inFlight + second.row.inFlight, 0)
})

test('admission: a streamed body is whole where it is sent after a shed', async () => {
  setUp({ maxInFlight: 1 })
  let release = (): void => {}
  const full = Promise.withResolvers<void>()
  await rig.serve('svc', (_req, res) => {
    release = () => res.end('done')
    full.resolve()
  })
  const waiting = call()
  await full.promise
  await rig.serve('svc', (req, res) => void req.pipe(res), 1)
  for (let i = 0; i < 4; i++) {
    const body = (async function* () {
      yield 'in '
      yield 'pieces'
    })()
    const answered = await caller.request({ service: 'svc', method: 'POST', path: '/', body, timeoutMs: 60_000 })
    assert.equal(Buffer.from(answered.body).toString(), 'in pieces')
  }
  release()
  await waiting
})

test('admission: sheds count for the circuit', async () => {
  setUp({ maxInFlight: 1, circuit: { ...CIRCUIT, failures: 2 } })
  const held: (() => void)[] = []
  await rig.serve('svc', (_req, res) => void held.push(() => res.end('done')))
  const answers = Array.from({ length: 3 }, () => call())
  assert.equal((await rig.event('circuit.opened')).reason, 'MESHRT_MESH_OVERLOADED')
  assert.equal((await Promise.race(answers)).status, 503)
  for (const release of held) release()
  await Promise.all(answers)
})

test('retry: without a budget, a shed is not tried elsewhere', async () => {
  setUp({ maxInFlight: 1, retry: { budget: 0, minPerSecond: 0 } })
  const held: (() => void)[] = []
  await rig.serve('svc', (_req, res) => void held.push(() => res.end('done')))
  await rig.serve('svc', (_req, res) => void held.push(() => res.end('done')), 1)
  const answers = Array.from({ length: 3 }, () => call())
  assert.equal((await Promise.race(answers)).status, 503)
  assert.equal(row.meshCounts.retries, 0)
  for (const release of held) release()
  await Promise.all(answers)
})

test('admission: what a full worker refuses is a response 503 also through a tunnel', async () => {
  setUp({ maxInFlight: 1 })
  const held: (() => void)[] = []
  const full = Promise.withResolvers<void>()
  await rig.serve('svc', (_req, res) => {
    held.push(() => res.end('done'))
    full.resolve()
  })
  caller.installClients()
  const get = async () => {
    const [response] = (await once(httpRequest('http://svc.plt.local/').end(), 'response')) as [IncomingMessage]
    response.resume()
    return response
  }
  const first = get()
  await full.promise
  const refused = await get()
  assert.deepEqual([refused.statusCode, refused.headers['x-meshrt-error']], [503, 'MESHRT_MESH_OVERLOADED'])
  for (const release of held) release()
  assert.equal((await first).statusCode, 200)
})

test('deny: a caller that may not call a service gets an error, whatever the state of that service; others are not concerned', async () => {
  setUp({ deny: { [serviceId('orders')]: [SVC] } })
  await rig.serve('svc', answer('well'))
  const ordersRow = new WorkerRow()
  const orders = rig.caller('orders/0#1', ordersRow)
  await assert.rejects(orders.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 60_000 }), { code: 'MESHRT_MESH_DENIED' })
  assert.equal(ordersRow.meshCounts.denied, 1)
  assert.equal(await text(), 'well')
  rig.coordinator.setService(SVC, 'closed')
  await assert.rejects(orders.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 60_000 }), { code: 'MESHRT_MESH_DENIED' })
})

test('selection: a suspect target is passed over, and used when it is all there is', async () => {
  setUp()
  const { worker } = await rig.serve('svc', answer('suspect'))
  const other = await rig.serve('svc', answer('well'), 1)
  rig.coordinator.suspect(worker)
  for (let i = 0; i < 4; i++) assert.equal(await text(), 'well')
  await rig.coordinator.unroute(other.worker)
  assert.equal(await text(), 'suspect')
})

test('selection: least-pending prefers the idle worker to one with a hundred slow handlers', async () => {
  setUp({ selection: 'least-pending' })
  const held: (() => void)[] = []
  const full = Promise.withResolvers<void>()
  await rig.serve('svc', (_req, res) => {
    held.push(() => res.end('slow'))
    if (held.length === 100) full.resolve()
  })
  const slow = Array.from({ length: 100 }, () => text())
  await full.promise
  await rig.serve('svc', answer('idle'), 1)
  for (let i = 0; i < 50; i++) assert.equal(await text(), 'idle')
  for (const release of held) release()
  await Promise.all(slow)
})

test('hold: what no worker was ready for in time is counted', async () => {
  setUp({ hold: { timeMs: 100, max: 2 } })
  rig.coordinator.setService(SVC, 'open')
  const waiting = call()
  await clock.advance(100)
  assert.equal((await waiting).status, 503)
  assert.equal(row.meshCounts.holdsExpired, 1)
})
