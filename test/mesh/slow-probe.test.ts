import assert from 'node:assert/strict'
import type { RequestListener, ServerResponse } from 'node:http'
import { test } from 'node:test'
import { FakeClock } from '../support/fake-clock.ts'
import { MeshRig } from './mesh-rig.ts'

const CIRCUIT = { failures: 1, openForMs: 1_000, maxOpenForMs: 4_000 }

test('circuit: a probe that is only slow does not keep a service that is well again shut', async () => {
  const clock = new FakeClock()
  const rig = new MeshRig({ clock, mesh: { circuit: CIRCUIT } })
  // Mesh ports do not keep a process alive, and here they are all there is.
  const alive = setInterval(() => {}, 1_000)
  const caller = rig.caller()
  const call = () => caller.request({ service: 'svc', method: 'GET', path: '/', timeoutMs: 60_000 })
  let mood: RequestListener = (_req, res) => void res.destroy()
  await rig.serve('svc', (req, res) => mood(req, res))
  await assert.rejects(call(), { code: 'MESHRT_MESH_ABORTED' })
  const { openMs } = await rig.event('circuit.opened')
  await clock.advance(openMs)
  const asked = new Promise<ServerResponse>((resolve) => {
    mood = (_req, res) => resolve(res)
  })
  const slow = call()
  const held = await asked
  mood = (_req, res) => void res.end('well')
  assert.equal((await call()).status, 503)
  await clock.advance(CIRCUIT.openForMs)
  assert.equal((await call()).status, 200)
  assert.equal((await call()).status, 200)
  held.end()
  assert.equal((await slow).status, 200)
  await rig.close()
  clearInterval(alive)
  clock.assertNoTimers()
})
