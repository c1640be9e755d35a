import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Project, PUPPET, serviceOf } from '../support/project.ts'
import { Traffic } from '../support/traffic.ts'

test('the number of workers follows the load up and down, also without health checks, and no request is lost', async (t) => {
  const workers = { min: 1, max: 2, targetELU: 0.3, stabilise: '2s', cooldown: '1s' }
  const project = new Project(t, {
    server: { port: 0 },
    services: { gateway: { path: PUPPET, health: { enabled: false }, workers } },
  })
  const running = await project.start()
  // Keeps one loop busy for most of its time, whatever the machine.
  const path = (id: string): string => `/block?ms=20&id=${id}`
  const traffic = new Traffic({ url: await running.url(), connection: 'per-request', clients: 2, method: 'GET', path, pauseMs: 5 })
  await running.until('a worker was added', (view) => serviceOf(view, 'gateway').ready === 2, 40_000)
  const report = await traffic.stop()
  assert.deepEqual(report.failed.slice(0, 5), [])
  await running.until('it was removed again', (view) => serviceOf(view, 'gateway').workers.length === 1, 40_000)
  const { stdout } = await project.run('events', '-n', '1000')
  assert.match(stdout, /gateway: scaled from 1 to 2 \(elu \d\.\d\d of 1, target 0\.30\)/)
  assert.match(stdout, /gateway: scaled from 2 to 1 \(elu \d\.\d\d of 2, target 0\.30; 1 enough for 2 s\)/)
})
