import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { ask, generations, Project, PUPPET } from '../support/project.ts'

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
