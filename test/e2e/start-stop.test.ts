import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, generations, Project, PUPPET } from '../support/project.ts'
import { Traffic } from '../support/traffic.ts'

test('services and workers are stopped and started by hand, and not one request to the others is lost', async (t) => {
  const project = new Project(t, {
    entrypoint: 'gateway',
    server: { port: 0 },
    services: { gateway: { path: PUPPET, workers: 2, dependsOn: ['auth'] }, auth: { path: PUPPET, workers: 2 } },
  })
  const running = await project.start()
  const url = await running.url()
  const relay = `${url}/relay?to=http://auth.plt.local/`

  const traffic = new Traffic({ url, connection: 'per-request', clients: 4, method: 'GET', path: () => '/relay?to=http://auth.plt.local/' })
  for (const target of ['gateway/1', 'auth/0']) {
    const stopped = await project.run('stop', target)
    assert.equal(stopped.code, 0, stopped.stderr)
    assert.match(stopped.stdout, new RegExp(`^Stopped ${target} in .*: ${target}#1\n$`))
    const { state, ready, desired } = await running.service(target.split('/')[0] ?? '')
    assert.deepEqual([state, ready, desired], ['degraded', 1, 2])
    const started = await project.run('start', target)
    assert.equal(started.code, 0, started.stderr)
    assert.match(started.stdout, new RegExp(`^Started 1 worker in .*: ${target}#2\n$`))
  }
  const report = await traffic.stop()
  assert.ok(report.ok > 20, `canary: ${report.ok} requests`)
  assert.deepEqual(report.failed.slice(0, 5), [])

  const stopped = await project.run('stop', 'auth')
  assert.equal(stopped.code, 0, stopped.stderr)
  assert.match(stopped.stderr, /gateway needs auth: its requests to it fail until it is started again/)
  assert.equal((await ask(relay)).status, 503)
  const again = await project.run('stop', 'auth')
  assert.deepEqual([again.code, again.stdout], [0, 'auth has no worker that runs\n'])

  const started = await project.run('start', 'auth', '--json')
  assert.equal(started.code, 0, started.stderr)
  assert.deepEqual((JSON.parse(started.stdout) as { started: string[] }).started, ['auth/0#3', 'auth/1#2'])
  assert.equal((await ask(relay)).status, 200)
  assert.deepEqual(generations(await running.service('gateway')), [1, 2])

  const whole = await project.run('stop')
  assert.equal(whole.code, 0, whole.stderr)
})
