import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, generations, Project, PUPPET } from '../support/project.ts'
import { Traffic } from '../support/traffic.ts'

test('what cannot be scaled is refused with its reason, and a worker that does not start leaves those that do', async (t) => {
  const project = new Project(t, {
    server: { port: 0 },
    services: {
      gateway: { path: PUPPET, workers: 3, config: { flagFile: 'flags.json' } },
      ranged: { path: PUPPET, workers: { min: 1, max: 2 } },
    },
  })
  const unknown = await project.run('start', '--scale', 'gatway=2')
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /Did you mean "gateway"/)
  const running = await project.start('start', '--scale', 'gateway=1', '--scale', 'ranged=2')
  assert.equal((await running.service('ranged')).desired, 2)
  const tries = [
    { text: 'gateway=0', says: 'from 1 to 1024' },
    { text: 'ranged=3', says: 'is from 1 to 2' },
    { text: 'gatway=2', says: 'Did you mean "gateway"' },
  ]
  for (const { text, says } of tries) {
    const refused = await project.run('scale', text)
    assert.equal(refused.code, 2, refused.stderr)
    assert.ok(refused.stderr.includes(says), refused.stderr)
  }
  project.write({ 'flags.json': JSON.stringify({ failAtLoad: 'no licence' }) })
  const failed = await project.run('scale', 'gateway=3')
  assert.equal(failed.code, 1, failed.stderr)
  assert.match(failed.stderr, /no licence; it has 1 now/)
  const { state, ready, desired } = await running.service('gateway')
  assert.deepEqual([state, ready, desired], ['running', 1, 1])
})

test('a new worker that crashes while it settles has failed, its last lines are shown, and no request has met it', async (t) => {
  const project = new Project(t, {
    server: { port: 0 },
    rollout: { settle: '10s' },
    services: { gateway: { path: PUPPET, config: { flagFile: 'flags.json' } } },
  })
  const running = await project.start()
  const url = await running.url()
  project.write({ 'flags.json': JSON.stringify({ crashAfterMs: 500, text: 'new' }) })
  const traffic = new Traffic({ url, connection: 'per-request', clients: 2, method: 'GET', path: () => '/', pauseMs: 5 })
  const failed = await project.run('restart', 'gateway')
  const report = await traffic.stop()
  assert.equal(failed.code, 1, failed.stderr)
  assert.match(failed.stderr, /MESHRT_RESTART_FAILED[^]*puppet crashes as told/)
  assert.deepEqual(report.failed.slice(0, 5), [])
  assert.deepEqual(generations(await running.service('gateway')), [1])
  assert.deepEqual(await ask(url), { status: 200, body: { service: 'puppet', text: '' } })
})
