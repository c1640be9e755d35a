import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, generations, Project, PUPPET, serviceOf } from '../support/project.ts'
import { assertHandledOnce, recordedIds } from '../support/recorded-ids.ts'
import { Traffic, type TrafficReport } from '../support/traffic.ts'

const ownWork = (id: string): string => `/work?ms=3&id=${id}`
const relayed = (id: string): string => `/relay?to=${encodeURIComponent(`http://auth.plt.local/work?ms=3&id=${id}`)}`

function startLoads(url: string): Readonly<Record<string, Traffic>> {
  const common = { url, method: 'POST', clients: 3, pauseMs: 3, body: (id: string) => `${id} `.repeat(50) } as const
  return {
    'keep-alive to the entrypoint': new Traffic({ ...common, connection: 'keep-alive', path: ownWork }),
    'a connection per request to the entrypoint': new Traffic({ ...common, connection: 'per-request', path: ownWork }),
    'on through the mesh': new Traffic({ ...common, connection: 'keep-alive', path: relayed }),
  }
}

/** Nothing failed, and everything was handled exactly once. */
async function assertNothingLost(project: Project, loads: Readonly<Record<string, Traffic>>): Promise<void> {
  const reports: TrafficReport[] = []
  for (const [name, traffic] of Object.entries(loads)) {
    const report = await traffic.stop()
    assert.deepEqual(report.failed.slice(0, 5), [], `${name}: ${report.failed.length} of ${report.sent} failed`)
    reports.push(report)
  }
  const recorded = [...recordedIds(join(project.root, 'gateway.ids')), ...recordedIds(join(project.root, 'auth.ids'))]
  const answered = reports.flatMap((report) => report.answered)
  assert.equal(assertHandledOnce(recorded, answered).size, 0, 'handled but never answered')
}

test('scaling 2 → 7 → 3 → 4 under load, of the entrypoint and behind it, loses no request and handles each exactly once', async (t) => {
  const project = new Project(t, {
    entrypoint: 'gateway',
    server: { port: 0 },
    workers: 2,
    services: {
      gateway: { path: PUPPET, config: { recordFile: 'gateway.ids' } },
      auth: { path: PUPPET, config: { recordFile: 'auth.ids' } },
    },
  })
  const running = await project.start()
  const loads = startLoads(await running.url())
  for (const workers of [7, 3, 4]) {
    const scaled = await project.run('scale', `gateway=${workers}`, `auth=${workers}`, '--json')
    assert.equal(scaled.code, 0, scaled.stderr)
    const view = await running.ps()
    for (const id of ['gateway', 'auth']) {
      const { state, ready, desired, workers: slots } = serviceOf(view, id)
      assert.deepEqual([state, ready, desired], ['running', workers, workers])
      assert.deepEqual(
        slots.map(({ slot }) => slot),
        Array.from({ length: workers }, (_, slot) => slot),
      )
    }
    await Promise.all(Object.values(loads).map((traffic) => traffic.answers(40)))
  }
  assert.deepEqual(generations(await running.service('gateway')), [1, 1, 1, 2], 'a slot that comes back goes on counting')
  const events = await project.run('events', '-n', '1000')
  assert.doesNotMatch(events.stdout, /service\.degraded/)
  assert.match(events.stdout, /gateway: scaled from 7 to 3 \(by hand\)/)
  await assertNothingLost(project, loads)
})

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

test('rollouts with maxSurge 2, with maxSurge 0, and with settle lose no request', async (t) => {
  const project = new Project(t, {
    entrypoint: 'gateway',
    server: { port: 0 },
    workers: 3,
    rollout: { maxSurge: 2, settle: '300ms' },
    services: {
      gateway: { path: PUPPET, config: { recordFile: 'gateway.ids' } },
      auth: { path: PUPPET, config: { recordFile: 'auth.ids', flagFile: 'flags.json' }, rollout: { maxSurge: 0, maxUnavailable: 1 } },
    },
  })
  const running = await project.start()
  const loads = startLoads(await running.url())
  for (const service of ['gateway', 'auth']) {
    await Promise.all(Object.values(loads).map((traffic) => traffic.answers(20)))
    const restarted = await project.run('restart', service)
    assert.equal(restarted.code, 0, restarted.stderr)
    assert.match(restarted.stderr, new RegExp(`${service}: 3 of 3 replaced`))
  }
  await Promise.all(Object.values(loads).map((traffic) => traffic.answers(20)))
  for (const id of ['gateway', 'auth']) assert.deepEqual(generations(await running.service(id)), [2, 2, 2])

  await assertNothingLost(project, loads)
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
