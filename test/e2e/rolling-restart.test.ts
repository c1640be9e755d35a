import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { generations, Project, PUPPET, serviceOf } from '../support/project.ts'
import { assertHandledOnce, recordedIds } from '../support/recorded-ids.ts'
import { Traffic, type TrafficReport } from '../support/traffic.ts'

const ROUNDS = 2

test('rolling restarts under load lose no request and handle each POST exactly once', async (t) => {
  const project = new Project(t, {
    entrypoint: 'gateway',
    server: { port: 0 },
    workers: 2,
    services: {
      gateway: { path: PUPPET, config: { recordFile: 'gateway.ids' }, dependsOn: ['auth'] },
      auth: { path: PUPPET, config: { recordFile: 'auth.ids' } },
    },
  })
  const running = await project.start()
  const before = await running.ps()
  const url = await running.url()
  const common = { url, method: 'POST', clients: 4, pauseMs: 2, body: (id: string) => `${id} `.repeat(50) } as const
  const ownWork = (id: string): string => `/work?ms=3&id=${id}`
  const relayed = (id: string): string => `/relay?to=${encodeURIComponent(`http://auth.plt.local/work?ms=3&id=${id}`)}`
  const loads = {
    'keep-alive to the entrypoint': new Traffic({ ...common, connection: 'keep-alive', path: ownWork }),
    'a connection per request to the entrypoint': new Traffic({ ...common, connection: 'per-request', path: ownWork }),
    'keep-alive, on through the mesh': new Traffic({ ...common, connection: 'keep-alive', path: relayed }),
    'a connection per request, on through the mesh': new Traffic({ ...common, connection: 'per-request', path: relayed }),
  }
  const all = Object.values(loads)

  for (let round = 0; round < ROUNDS; round++) {
    for (const service of ['auth', 'gateway']) {
      await Promise.all(all.map((traffic) => traffic.answers(20)))
      const restarted = await project.run('restart', service)
      assert.equal(restarted.code, 0, restarted.stderr + restarted.stdout)
    }
  }
  await Promise.all(all.map((traffic) => traffic.answers(20)))
  const reports = await Promise.all(Object.entries(loads).map(async ([name, traffic]) => ({ name, report: await traffic.stop() })))

  const after = await running.ps()
  for (const service of ['gateway', 'auth']) {
    const old = generations(serviceOf(before, service))
    const now = generations(serviceOf(after, service))
    assert.deepEqual(
      now,
      old.map((generation) => (generation ?? 0) + ROUNDS),
      `every worker of ${service} was replaced once per restart`,
    )
  }
  for (const { name, report } of reports) assert.deepEqual(report.failed.slice(0, 5), [], `${name}: ${describe(report)}`)
  const recorded = [...recordedIds(join(project.root, 'gateway.ids')), ...recordedIds(join(project.root, 'auth.ids'))]
  const answered = reports.flatMap(({ report }) => report.answered)
  assert.equal(assertHandledOnce(recorded, answered).size, 0, 'handled but never answered')
  const told = reports.filter(({ name, report }) => name.startsWith('keep-alive') && report.connectionsClosed > 0)
  assert.equal(told.length, 2, 'keep-alive clients are told to come back on a new connection')
})

function describe(report: TrafficReport): string {
  return `${report.sent} sent, ${report.ok} ok, ${report.failed.length} failed, ${report.connectionsClosed} connections closed`
}
