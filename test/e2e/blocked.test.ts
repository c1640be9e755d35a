import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServiceDescription } from '../../src/model/description.ts'
import { Project, PUPPET } from '../support/project.ts'

test('ps, describe, restart, stop and start answer while every worker of every service is blocked for ever', async (t) => {
  const service = {
    path: PUPPET,
    gracefulShutdown: { service: '2s' },
    health: { interval: '200ms', gracePeriod: '0s', blockedAfter: '60s' },
  }
  const project = new Project(t, { entrypoint: 'gateway', server: { port: 0 }, services: { gateway: service, auth: service } })
  const running = await project.start()
  for (const id of ['gateway', 'auth']) {
    const asked = await project.run('request', id, '/block', '--timeout', '300ms')
    assert.equal(asked.code, 5, asked.stderr)
  }
  await running.until('both workers are seen to be blocked', ({ services }) =>
    services.every(({ workers }) => workers.every(({ verdict }) => verdict === 'blocked')),
  )
  const [ps, why, metrics] = await Promise.all([
    project.run('ps', '--workers'),
    project.run('describe', 'auth', '--json'),
    project.run('why', 'gateway'),
  ])
  assert.deepEqual([ps.code, why.code, metrics.code], [0, 0, 0])
  assert.match(ps.stdout, /auth\/0 +ready +blocked/)
  const description = JSON.parse(why.stdout) as ServiceDescription
  assert.match(description.why, /auth serves nobody.*auth\/0 is blocked \(no answer for \d+ ms/)
  assert.equal(description.slots[0]?.verdict?.kind, 'blocked')

  const restarted = await project.run('restart', 'auth')
  assert.equal(restarted.code, 0, restarted.stderr)
  assert.equal((await project.run('request', 'auth', '/identity', '--fail')).code, 0)
  const stopped = await project.run('stop', 'gateway')
  assert.equal(stopped.code, 0, stopped.stderr)
  assert.match(stopped.stdout, /^Stopped gateway in .*; ended by force: gateway\/0#1\n$/m)
  const started = await project.run('start', 'gateway')
  assert.equal(started.code, 0, started.stderr)
  const ready = await project.run('wait', '--for', 'ready', '--timeout', '20s')
  assert.equal(ready.code, 0, ready.stderr)
  assert.equal((await project.run('stop')).code, 0)
})
