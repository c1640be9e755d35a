import assert from 'node:assert/strict'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { request } from 'undici'
import { tempDir } from '../../support/temp-dir.ts'
import { MeshRig } from '../mesh-rig.ts'
import { overSockets } from '../surroundings.ts'

test('broken line: requests wait while no line can be made, and go when one can', async (t) => {
  const lineDir = join(tempDir(t), 'lines')
  const rig = new MeshRig({ surroundings: overSockets(lineDir) })
  t.after(() => rig.close())
  await rig.serve('svc', (_, res) => res.end('hello'))
  const caller = rig.caller()
  caller.installClients()
  // As with a full disk: the ledger of the line cannot be created.
  const waiting = request('http://svc.plt.local/', { method: 'POST', body: 'x' })
  // By then it has failed once, which shows nowhere.
  setTimeout(() => mkdirSync(lineDir), 50)
  assert.equal(await (await waiting).body.text(), 'hello')
})

test('broken line: a request is refused when its time to wait is up, and the next finds a line again', async (t) => {
  const lineDir = join(tempDir(t), 'lines')
  const rig = new MeshRig({ surroundings: overSockets(lineDir), mesh: { hold: { timeMs: 100, max: 10 } } })
  t.after(() => rig.close())
  await rig.serve('svc', (_, res) => res.end('hello'))
  rig.caller().installClients()
  const refused = await request('http://svc.plt.local/')
  await refused.body.dump()
  assert.equal(refused.statusCode, 503)
  mkdirSync(lineDir)
  let status = 0
  for (let tries = 0; status !== 200 && tries < 20; tries++) {
    const response = await request('http://svc.plt.local/')
    await response.body.dump()
    status = response.statusCode
  }
  assert.equal(status, 200)
})
