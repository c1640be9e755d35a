import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MeshCoordinator } from '../../src/mesh/coordinator.ts'
import { formatWorkerId, serviceId, type WorkerId } from '../../src/model/ids.ts'
import { WorkerRow } from '../../src/model/worker-row.ts'
import type { WorkerHandle } from '../../src/pool/launcher.ts'
import { MeshRouting } from '../../src/runtime/mesh-routing.ts'
import { FakeClock } from '../support/fake-clock.ts'

const worker = (service: string): WorkerId => ({ service: serviceId(service), slot: 0, generation: 1 })
const CALLER = worker('gateway')
const OTHER = worker('admin')
const TARGET = worker('program')

async function routing() {
  const routing = new MeshRouting(new MeshCoordinator({ clock: new FakeClock(), emit: () => {}, ackDeadlineMs: 100, deny: {} }))
  const row = new WorkerRow()
  for (const id of [CALLER, OTHER, TARGET]) {
    const handle = { id, row: id === TARGET ? row : new WorkerRow(), place: 'process', mesh: () => {} } as unknown as WorkerHandle
    await routing.route(handle, 'server')
  }
  /** As a process counts for itself. */
  const counting = (from: WorkerId) => {
    const own = new WorkerRow()
    return { own, tell: () => routing.receive(from, { type: 'forwarded', to: formatWorkerId(TARGET), cells: own.cells }) }
  }
  return { routing, row, counting }
}

test('requests that several callers have counted for themselves add up in the row of their target', async () => {
  const { row, counting } = await routing()
  const [one, two] = [counting(CALLER), counting(OTHER)]
  one.own.requestStarted()
  one.tell()
  two.own.requestStarted()
  two.own.requestStarted()
  two.tell()
  assert.equal(row.inFlight, 3)
  one.own.requestFinished(5)
  one.tell()
  one.tell()
  assert.equal(row.inFlight, 2)
  assert.equal(row.read().requests, 1)
  assert.equal(
    row.read().latency.reduce((sum, count) => sum + count, 0),
    1,
  )
})

test('what a caller had under way when it ended is under way no more; what it had finished stays', async () => {
  const { routing: mesh, row, counting } = await routing()
  const one = counting(CALLER)
  one.own.requestStarted()
  one.own.requestStarted()
  one.own.requestFinished(1)
  one.tell()
  mesh.leave(CALLER)
  assert.equal(row.inFlight, 0)
  assert.equal(row.read().requests, 1)
})

test('news of a target that has left, or never was, change nothing', async () => {
  const { routing: mesh, row, counting } = await routing()
  const one = counting(CALLER)
  one.own.requestStarted()
  mesh.leave(TARGET)
  one.tell()
  assert.equal(row.inFlight, 0)
})

test('who forwards to a service has called it: the order of a stop knows', async () => {
  const { routing: mesh } = await routing()
  mesh.receive(CALLER, { type: 'forwards', to: formatWorkerId(TARGET) })
  assert.deepEqual(mesh.observed, [{ caller: CALLER.service, callee: TARGET.service }])
})
