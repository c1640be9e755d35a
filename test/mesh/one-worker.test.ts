import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import type { MeshEndpoint } from '../../src/mesh/endpoint.ts'
import { formatWorkerId, serviceId, type WorkerId } from '../../src/model/ids.ts'
import type { MeshFromWorker } from '../../src/model/routes.ts'
import { MeshRig } from './mesh-rig.ts'

// Requests to one worker and no other, as health checks are, and what callers tell the runtime of their targets.

let rig: MeshRig
let caller: MeshEndpoint
let alive: NodeJS.Timeout

function setUp(mesh: ConstructorParameters<typeof MeshRig>[0] & object = {}): void {
  rig = new MeshRig(mesh)
  caller = rig.caller('caller/0#1')
}

beforeEach(() => {
  // Mesh ports do not keep a process alive, and here they are all there is.
  alive = setInterval(() => {}, 1_000)
})

afterEach(async () => {
  clearInterval(alive)
  await rig.close()
})

async function ask(worker: WorkerId): Promise<string> {
  const to = { service: worker.service, worker: formatWorkerId(worker) }
  const { status, body } = await caller.request({ ...to, method: 'GET', path: '/', timeoutMs: 10_000 })
  return `${status} ${Buffer.from(body).toString()}`
}

test('a request for one worker reaches that one, also when it is suspect', async () => {
  setUp()
  const workers = await Promise.all([0, 1, 2].map((slot) => rig.serve('svc', (_, response) => void response.end(String(slot)), slot)))
  for (const { worker } of workers) {
    rig.coordinator.suspect(worker)
    for (let i = 0; i < 3; i++) assert.equal(await ask(worker), `200 ${worker.slot}`)
  }
})

test('a request for one worker fails when that one is not routed, or breaks it off, and goes to no other', async () => {
  setUp()
  const handled: number[] = []
  const broken = await rig.serve('svc', (_, response) => void response.destroy())
  await rig.serve('svc', (_, response) => (handled.push(1), void response.end('other')), 1)
  await assert.rejects(ask(broken.worker), { code: 'MESHRT_MESH_ABORTED' })
  await assert.rejects(ask({ ...broken.worker, slot: 7 }), { code: 'MESHRT_MESH_UNAVAILABLE' })
  assert.deepEqual(handled, [])
})

test('failures of requests for one worker open no circuit', async () => {
  setUp({ mesh: { circuit: { failures: 2, openForMs: 60_000, maxOpenForMs: 60_000 } } })
  const { worker } = await rig.serve('svc', (_, response) => void response.destroy())
  for (let i = 0; i < 5; i++) await assert.rejects(ask(worker), { code: 'MESHRT_MESH_ABORTED' })
  assert.deepEqual(rig.events, [])
})

test('a request for one worker that is full says so, and does not go to another', async () => {
  setUp({ mesh: { maxInFlight: 1 } })
  const held = Promise.withResolvers<void>()
  const taken = Promise.withResolvers<void>()
  const { worker } = await rig.serve('svc', (_, response) => {
    taken.resolve()
    void held.promise.then(() => response.end('late'))
  })
  await rig.serve('svc', (_, response) => void response.end('other'), 1)
  const first = ask(worker)
  await taken.promise
  await assert.rejects(ask(worker), { code: 'MESHRT_MESH_OVERLOADED' })
  held.resolve()
  assert.equal(await first, '200 late')
})

test('a caller tells of a target that takes nothing, and when it does again; a request for that one alone fails meanwhile', async () => {
  setUp({ mesh: { stuckAfterMs: 250 } })
  const told: MeshFromWorker[] = []
  const { coordinator } = rig
  const receive = coordinator.receive.bind(coordinator)
  const stuck = Promise.withResolvers<void>()
  const well = Promise.withResolvers<void>()
  coordinator.receive = (from, message) => {
    if (message.type === 'stuck') {
      told.push(message)
      if (message.stuck) stuck.resolve()
      else well.resolve()
    }
    receive(from, message)
  }
  const puppet = await rig.puppet('svc')
  await puppet.route()
  await rig.serve('svc', (_, response) => void response.end('other'), 1)
  puppet.send({ kind: 'stall' })
  await puppet.next('stalling')
  const refused = assert.rejects(ask(puppet.worker), { code: 'MESHRT_MESH_UNAVAILABLE' })
  await stuck.promise
  await refused
  puppet.wake()
  await well.promise
  const target = formatWorkerId(puppet.worker)
  assert.deepEqual(told, [
    { type: 'stuck', target, stuck: true },
    { type: 'stuck', target, stuck: false },
  ])
})

test('least-pending gives less to a worker under pressure, and not nothing', async () => {
  setUp({ mesh: { selection: 'least-pending' } })
  const answered = [0, 0]
  const held: (() => void)[] = []
  const serve = (slot: number) =>
    rig.serve(
      'svc',
      (_, response) => {
        answered[slot] = (answered[slot] ?? 0) + 1
        held.push(() => response.end())
      },
      slot,
    )
  const [pressed] = await Promise.all([serve(0), serve(1)])
  pressed.row.pressed = true
  const asked = Array.from({ length: 30 }, () => caller.request({ service: serviceId('svc'), method: 'GET', path: '/', timeoutMs: 10_000 }))
  while (held.length < 30) await new Promise(setImmediate)
  for (const end of held) end()
  await Promise.all(asked)
  assert.ok((answered[0] ?? 0) >= 5 && (answered[0] ?? 0) <= 12, answered.join(' and '))
})
