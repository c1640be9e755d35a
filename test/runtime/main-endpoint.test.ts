import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MeshCoordinator } from '../../src/mesh/coordinator.ts'
import { serviceId } from '../../src/model/ids.ts'
import { MainEndpoint } from '../../src/runtime/main-endpoint.ts'
import { MeshRouting } from '../../src/runtime/mesh-routing.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { runtimeSpec } from '../support/specs.ts'

test('MainEndpoint ends every request when it closes, also those that began by the rules of before', async () => {
  const clock = new FakeClock()
  const coordinator = new MeshCoordinator({ clock, emit: () => {}, ackDeadlineMs: 100, deny: {} })
  const { mesh } = runtimeSpec([])
  const endpoint = new MainEndpoint(mesh, { coordinator, routing: new MeshRouting(coordinator), lineDir: '/nowhere', clock })
  coordinator.setService(serviceId('late'), 'open')
  const ask = () => endpoint.request({ service: 'late', method: 'GET', path: '/', timeoutMs: 5000 })
  const before = assert.rejects(ask(), { code: 'MESHRT_MESH_ABORTED' })
  endpoint.reconfigure({ ...mesh, hold: { ...mesh.hold, max: 1 } })
  const after = assert.rejects(ask(), { code: 'MESHRT_MESH_ABORTED' })
  endpoint.close()
  await Promise.all([before, after])
})
