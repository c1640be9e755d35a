import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ask, generations, Project, PUPPET, serviceOf } from '../support/project.ts'
import { assertHandledOnce, recordedIds } from '../support/recorded-ids.ts'
import { Traffic } from '../support/traffic.ts'

function project(t: TestContext, auth: object = {}): Project {
  return new Project(t, {
    entrypoint: 'gateway',
    server: { port: 0 },
    services: { gateway: { path: PUPPET }, auth: { path: PUPPET, workers: 2, ...auth } },
  })
}

test('a restart whose next worker fails ends with 1 and its reason, the old workers serve on', async (t) => {
  const shop = project(t, { config: { flagFile: 'flags.json' }, restart: { startAttempts: 1, delay: '10ms' } })
  const running = await shop.start()
  const url = await running.url()
  shop.write({ 'flags.json': JSON.stringify({ failAtLoad: 'no licence', text: 'v2' }) })

  const failed = await shop.run('restart', 'auth')
  assert.equal(failed.code, 1, failed.stderr + failed.stdout)
  assert.ok(failed.stderr.includes('no licence'), failed.stderr)
  const after = await running.service('auth')
  assert.deepEqual([after.state, after.ready], ['running', 2])
  assert.deepEqual(await ask(`${url}/relay?to=http://auth.plt.local/`), { status: 200, body: { service: 'puppet', text: '' } })

  shop.write({ 'flags.json': JSON.stringify({ text: 'v3' }) })
  const restarted = await shop.run('restart', 'auth')
  assert.equal(restarted.code, 0, restarted.stderr)
  assert.deepEqual(await ask(`${url}/relay?to=http://auth.plt.local/`), { status: 200, body: { service: 'puppet', text: 'v3' } })
})

test('restart of one worker leaves its siblings alone', async (t) => {
  const shop = project(t)
  const running = await shop.start()
  const restarted = await shop.run('restart', 'auth/1')
  assert.equal(restarted.code, 0, restarted.stderr)
  assert.deepEqual(generations(await running.service('auth')), [1, 2])
  const unknown = await shop.run('restart', 'auth/7')
  assert.equal(unknown.code, 2, unknown.stderr)
  assert.ok(unknown.stderr.includes('MESHRT_UNKNOWN_WORKER'), unknown.stderr)
})

test('two restarts of the same service at once are one', async (t) => {
  const shop = project(t)
  const running = await shop.start()
  const both = await Promise.all([shop.run('restart', 'auth'), shop.run('restart', 'auth')])
  assert.deepEqual(
    both.map((ended) => ended.code),
    [0, 0],
    both.map((ended) => ended.stderr).join('\n'),
  )
  assert.ok(generations(await running.service('auth')).every((generation) => generation === 2 || generation === 3))
})

test('a crash under load fails only what the dead worker had taken, and nothing twice', async (t) => {
  const shop = project(t, { config: { recordFile: 'auth.ids' } })
  const running = await shop.start()
  const url = await running.url()
  const clients = 4
  const traffic = new Traffic({
    url,
    connection: 'keep-alive',
    clients,
    method: 'POST',
    path: (id) => `/relay?to=${encodeURIComponent(`http://auth.plt.local/work?ms=5&id=${id}`)}`,
    body: (id) => id,
  })
  for (let crash = 1; crash <= 2; crash++) {
    await traffic.answers(50)
    await ask(`${url}/relay?to=${encodeURIComponent('http://auth.plt.local/exit?code=3')}`, { method: 'POST' })
    await running.until('auth has recovered', (view) => serviceOf(view, 'auth').restarts >= crash && serviceOf(view, 'auth').ready === 2)
  }
  await traffic.answers(50)
  const report = await traffic.stop()

  const unanswered = assertHandledOnce(recordedIds(join(shop.root, 'auth.ids')), report.answered)
  const failedIds = new Set(report.failed.map(({ id }) => id))
  assert.deepEqual(failedIds, unanswered, JSON.stringify(report.failed.slice(0, 5)))
  assert.ok(failedIds.size <= 2 * clients, `${failedIds.size} of ${report.sent} failed`)
  for (const { reason } of report.failed) assert.match(reason, /HTTP 500: .*MESHRT_MESH_TARGET_LOST/)
})
