import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessagePort } from 'node:worker_threads'
import { MeshCoordinator } from '../../src/mesh/coordinator.ts'
import { createLine } from '../../src/mesh/port-channel.ts'
import type { RuntimeEvent } from '../../src/model/events.ts'
import { formatWorkerId, serviceId, type WorkerId, type WorkerKey } from '../../src/model/ids.ts'
import type { MeshToWorker } from '../../src/model/routes.ts'
import { FakeClock } from '../support/fake-clock.ts'

const AUTH = serviceId('auth')
const WEB = serviceId('web')
const auth0: WorkerId = { service: AUTH, slot: 0, generation: 1 }
const auth1: WorkerId = { service: AUTH, slot: 1, generation: 1 }
const here = { row: new SharedArrayBuffer(4), place: 'thread' } as const

function setUp() {
  const clock = new FakeClock()
  const events: RuntimeEvent[] = []
  const coordinator = new MeshCoordinator({ clock, emit: (event) => events.push(event), ackDeadlineMs: 250, deny: { [WEB]: [AUTH] } })
  const join = (worker: WorkerId, { isUp = true } = {}) => {
    const heard: MeshToWorker[] = []
    coordinator.join(formatWorkerId(worker), { send: (message) => heard.push(message) })
    if (isUp) coordinator.up(formatWorkerId(worker))
    return heard
  }
  return { clock, events, coordinator, join }
}

async function isSettled(promise: Promise<unknown>): Promise<boolean> {
  const pending = Symbol('pending')
  return (await Promise.race([promise, new Promise((resolve) => setImmediate(resolve, pending))])) !== pending
}

test('coordinator sends the current snapshot to whoever joins', () => {
  const { coordinator, join } = setUp()
  coordinator.setService(AUTH, 'open')
  assert.deepEqual(join(auth0), [{ type: 'snapshot', snapshot: coordinator.snapshot }])
})

test('coordinator is done with a route when every live peer has acknowledged its version', async () => {
  const { clock, coordinator, join } = setUp()
  join(auth0)
  join(auth1)
  const routed = coordinator.route(auth0, here)
  const { version } = coordinator.snapshot
  coordinator.receive(formatWorkerId(auth0), { type: 'ack', version })
  assert.equal(await isSettled(routed), false)
  coordinator.receive(formatWorkerId(auth1), { type: 'ack', version: version - 1 })
  assert.equal(await isSettled(routed), false)
  coordinator.receive(formatWorkerId(auth1), { type: 'ack', version })
  assert.equal(await isSettled(routed), true)
  assert.equal(clock.pending, 0)
})

test('coordinator does not wait for a worker that is still loading, and tells it all the same', async () => {
  const { clock, coordinator, join } = setUp()
  join(auth0)
  const heard = join(auth1, { isUp: false })
  const routed = coordinator.route(auth0, here)
  const { version } = coordinator.snapshot
  coordinator.receive(formatWorkerId(auth0), { type: 'ack', version })
  assert.equal(await isSettled(routed), true)
  assert.deepEqual(heard.at(-1), { type: 'snapshot', snapshot: coordinator.snapshot })
  assert.equal(clock.pending, 0)
})

test('coordinator is done with a route at the deadline, whoever is silent', async () => {
  const { clock, coordinator, join } = setUp()
  join(auth0)
  const routed = coordinator.route(auth0, here)
  await clock.advance(249)
  assert.equal(await isSettled(routed), false)
  await clock.advance(1)
  assert.equal(await isSettled(routed), true)
})

test('coordinator does not wait for a worker that has left, and tells the others', async () => {
  const { coordinator, join, clock } = setUp()
  const heard = join(auth0)
  join(auth1)
  const routed = coordinator.route(auth1, here)
  coordinator.receive(formatWorkerId(auth0), { type: 'ack', version: coordinator.snapshot.version })
  coordinator.leave(formatWorkerId(auth1))
  assert.equal(await isSettled(routed), true)
  assert.deepEqual(coordinator.snapshot.services[AUTH]?.targets, [])
  assert.deepEqual(heard.at(-1), { type: 'gone', worker: formatWorkerId(auth1) })
  assert.equal(clock.pending, 0)
})

test('coordinator publishes nothing when nothing changes', async () => {
  const { coordinator, events } = setUp()
  await coordinator.route(auth0, here)
  await coordinator.route(auth0, here)
  coordinator.setService(AUTH, 'open')
  await coordinator.unroute(auth0)
  await coordinator.unroute(auth0)
  assert.deepEqual(
    events.map((event) => (event.type === 'route.published' ? event.version : event.type)),
    [1, 2],
  )
})

test('coordinator gives out snapshots that later changes do not touch', async () => {
  const { coordinator } = setUp()
  const before = coordinator.snapshot
  await coordinator.route(auth0, here)
  const between = coordinator.snapshot
  coordinator.setService(AUTH, 'closed')
  assert.deepEqual(before, { version: 0, services: {} })
  assert.equal(between.services[AUTH]?.state, 'open')
  assert.equal(coordinator.snapshot.services[AUTH]?.targets.length, 1)
})

test('coordinator hands a connection on to its target, and closes it when the target is gone', async () => {
  const { coordinator, join } = setUp()
  const heard = join(auth0)
  const from = 'shop/0#1' as WorkerKey
  const { near, far } = createLine()
  coordinator.receive(from, { type: 'connect', to: formatWorkerId(auth0), line: far })
  assert.deepEqual(heard.at(-1), { type: 'accept', from, line: far })
  coordinator.leave(formatWorkerId(auth0))
  coordinator.receive(from, { type: 'connect', to: formatWorkerId(auth0), line: far })
  await closed(near.port)
})

test('coordinator shows a denied service to its caller as one without targets, and hands over no channel to it', async () => {
  const { coordinator, join } = setUp()
  const heard = join(auth0)
  const web = { service: WEB, slot: 0, generation: 1 }
  const denied = join(web)
  void coordinator.route(auth0, here)
  assert.deepEqual(coordinator.snapshotFor(WEB).services[AUTH], { state: 'denied', targets: [] })
  assert.deepEqual(denied.at(-1), { type: 'snapshot', snapshot: coordinator.snapshotFor(WEB) })
  assert.equal(coordinator.snapshotFor(AUTH), coordinator.snapshot)
  const { near, far } = createLine()
  coordinator.receive(formatWorkerId(web), { type: 'connect', to: formatWorkerId(auth0), line: far })
  await closed(near.port)
  assert.equal(
    heard.some(({ type }) => type === 'accept'),
    false,
  )
})

test('coordinator keeps a suspect target in the routes, marked, until it is trusted again', () => {
  const { coordinator } = setUp()
  const suspects = () => coordinator.snapshot.services[AUTH]?.targets.map(({ suspect }) => suspect)
  void coordinator.route(auth0, here)
  void coordinator.route(auth1, here)
  coordinator.suspect(auth1)
  assert.deepEqual(suspects(), [false, true])
  const { version } = coordinator.snapshot
  coordinator.suspect(auth1)
  coordinator.trust(auth0)
  assert.equal(coordinator.snapshot.version, version)
  coordinator.trust(auth1)
  assert.deepEqual(suspects(), [false, false])
  coordinator.suspect({ service: AUTH, slot: 7, generation: 1 })
})

test('coordinator makes events of what callers tell of their circuits', () => {
  const { coordinator, events } = setUp()
  const [caller, target] = ['shop/0#1' as WorkerKey, formatWorkerId(auth0)]
  coordinator.receive(caller, { type: 'circuit', change: { to: 'opened', target, reason: 'MESHRT_MESH_ABORTED', openMs: 1000 } })
  coordinator.receive(caller, { type: 'circuit', change: { to: 'half-opened', target } })
  coordinator.receive(caller, { type: 'circuit', change: { to: 'closed', target: AUTH } })
  assert.deepEqual(events, [
    { type: 'circuit.opened', caller, target, reason: 'MESHRT_MESH_ABORTED', openMs: 1000 },
    { type: 'circuit.half-opened', caller, target },
    { type: 'circuit.closed', caller, target: AUTH },
  ])
})

/** A port by itself does not keep the process alive until it is told of its end; Node 22 would leave before. */
async function closed(port: MessagePort): Promise<void> {
  const alive = setInterval(() => {}, 1_000)
  await new Promise<void>((resolve) => port.once('close', () => resolve()))
  clearInterval(alive)
}

test('coordinator tells everybody at once whom they must not call from now on, and of a service that has gone', () => {
  const { coordinator, join } = setUp()
  coordinator.setService(AUTH, 'open')
  const web = join({ service: WEB, slot: 0, generation: 1 })
  const last = () => {
    const message = web.at(-1)
    return message?.type === 'snapshot' ? message.snapshot : assert.fail('no snapshot')
  }
  assert.equal(last().services[AUTH]?.state, 'denied')
  const { version } = last()
  coordinator.setDeny({})
  assert.equal(last().services[AUTH]?.state, 'open')
  assert.ok(last().version > version)
  coordinator.removeService(AUTH)
  assert.deepEqual(last().services, {})
  const told = web.length
  coordinator.removeService(AUTH)
  assert.equal(web.length, told, 'nothing was changed by that')
})
