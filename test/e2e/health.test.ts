import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { StampedEvent } from '../../src/model/events.ts'
import { ask, Project, PUPPET, serviceOf, type Running } from '../support/project.ts'
import { Traffic } from '../support/traffic.ts'

const QUICK = { interval: '200ms', gracePeriod: 0, maxUnhealthyChecks: 2 }

function project(t: TestContext, auth: object, rest: object = {}): Project {
  return new Project(t, {
    entrypoint: 'gateway',
    server: { port: 0 },
    services: { gateway: { path: PUPPET }, auth: { path: PUPPET, workers: 2, ...auth } },
    ...rest,
  })
}

const relay = (url: string, path: string) => `${url}/relay?to=${encodeURIComponent(`http://auth.plt.local${path}`)}`

function load(url: string, path: () => string = () => '/work?ms=1'): Traffic {
  return new Traffic({
    url,
    connection: 'keep-alive',
    clients: 3,
    method: 'GET',
    path: () => `/relay?to=${encodeURIComponent(`http://auth.plt.local${path()}`)}`,
    pauseMs: 10,
  })
}

async function events(shop: Project): Promise<readonly StampedEvent['event'][]> {
  const { stdout } = await shop.run('events', '--json', '-n', '1000')
  return stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as StampedEvent).event)
}

async function untilReplaced(running: Running, what: string): Promise<void> {
  await running.until(what, (view) => {
    const auth = serviceOf(view, 'auth')
    return (
      auth.ready === 2 && auth.workers.some(({ generation }) => generation === 2) && auth.workers.every(({ state }) => state === 'ready')
    )
  })
}

test('a worker in an endless loop is out of rotation at once and killed; its siblings, ps and a stop do not wait for it', async (t) => {
  const shop = project(t, { health: { ...QUICK, blockedAfter: '2s' } })
  const running = await shop.start()
  const url = await running.url()
  const blocking = ask(relay(url, '/block'), { method: 'POST' })
  await running.until('one is blocked', (view) => serviceOf(view, 'auth').health.blocked === 1)
  const traffic = load(url)
  await traffic.answers(100)
  await running.until('it was killed and started again', (view) => {
    const auth = serviceOf(view, 'auth')
    return auth.restarts === 1 && auth.ready === 2
  })
  const { failed } = await traffic.stop()
  assert.deepEqual(failed, [])
  const { body } = await blocking
  assert.match(JSON.stringify(body), /MESHRT_MESH_TARGET_LOST/)
  const told = await events(shop)
  assert.ok(told.some((event) => event.type === 'worker.suspected' && event.measure === 'ping' && event.ejected))
  assert.ok(told.some((event) => event.type === 'worker.exited' && event.exit.kind === 'killed' && event.exit.reason === 'blocked'))
})

test('a restart of a service with a blocked worker, and a stop, do not wait for its drain deadline', async (t) => {
  const shop = project(t, { health: { ...QUICK, blockedAfter: '1h' }, gracefulShutdown: { service: '3s' } })
  const running = await shop.start()
  const url = await running.url()
  void ask(relay(url, '/block'), { method: 'POST' }).catch(() => undefined)
  await running.until('one is blocked', (view) => serviceOf(view, 'auth').health.blocked === 1)
  assert.equal((await shop.run('restart', 'auth')).code, 0)
  const exits = (await events(shop)).filter((event) => event.type === 'worker.exited')
  assert.deepEqual(exits.map(({ exit }) => (exit.kind === 'killed' ? exit.reason : exit.kind)).sort(), ['blocked', 'stopped'])
  void ask(relay(url, '/block'), { method: 'POST' }).catch(() => undefined)
  await running.until('one is blocked again', (view) => serviceOf(view, 'auth').health.blocked === 1)
  const stop = await shop.run('stop')
  assert.equal(stop.code, 0, stop.stdout)
  assert.match(running.cli.output, /killed \(blocked\)[^]*killed \(blocked\)/)
})

for (const check of ['/health', 'export']) {
  test(`a worker that fails its own check (${check}) is replaced without a failed request, and ps shows why`, async (t) => {
    const shop = project(t, { health: { ...QUICK, check } })
    const running = await shop.start()
    const url = await running.url()
    await running.until('both are checked', (view) => serviceOf(view, 'auth').workers.every((worker) => worker.check?.ok))
    assert.match((await shop.run('ps', '--health')).stdout, /ok \d+(\.\d)? ms/)
    const traffic = load(url)
    await traffic.answers(50)
    await ask(relay(url, '/sicken?why=no+database'))
    await untilReplaced(running, 'the ill one is replaced')
    await traffic.answers(50)
    const { failed } = await traffic.stop()
    assert.deepEqual(failed, [])
    const told = await events(shop)
    const verdicts = told.flatMap((event) => (event.type === 'health.changed' && event.worker.service === 'auth' ? [event.verdict] : []))
    const unhealthy = verdicts.find(({ kind }) => kind === 'unhealthy')
    assert.ok(unhealthy && 'measure' in unhealthy && unhealthy.measure === 'check')
    assert.equal(unhealthy.detail, check === 'export' ? 'no database' : '503')
    assert.ok(told.some((event) => event.type === 'replacement.finished'))
  })
}

test('a slowly answering worker is replaced, and never left out of rotation', async (t) => {
  const shop = project(t, { health: { ...QUICK, maxResponseTime: '150ms' } })
  const running = await shop.start()
  const url = await running.url()
  const traffic = load(url)
  await traffic.answers(50)
  await ask(relay(url, '/lag?ms=300'))
  await untilReplaced(running, 'the slow one is replaced')
  const { failed } = await traffic.stop()
  assert.deepEqual(failed, [])
  const told = await events(shop)
  assert.ok(!told.some((event) => event.type === 'worker.suspected'))
  assert.ok(
    told.some((event) => event.type === 'health.changed' && event.verdict.kind === 'unhealthy' && event.verdict.measure === 'response'),
  )
})

test('a worker whose heap leaks is recycled before V8 aborts anything, without a failed request', async (t) => {
  const shop = project(t, { workers: 1, limits: { heap: '64mb' } })
  const running = await shop.start()
  const url = await running.url()
  // More than it may have for good, and less than it is ended for, however long a busy machine takes to start the next one.
  const traffic = load(url, () => '/leak?upToBytes=64000000')
  await running.until('it is recycled', (view) => serviceOf(view, 'auth').workers.every(({ generation }) => (generation ?? 0) >= 2))
  const { failed } = await traffic.stop()
  assert.deepEqual(failed, [])
  const told = await events(shop)
  assert.ok(told.some((event) => event.type === 'replacement.started' && event.reason === 'heap'))
  assert.ok(told.some((event) => event.type === 'health.changed' && event.verdict.kind === 'unhealthy' && event.verdict.measure === 'heap'))
})

test('when every worker is saturated, nobody is replaced or left out for it', async (t) => {
  const shop = project(t, { health: { ...QUICK, maxELU: 0.8 } })
  const running = await shop.start()
  const url = await running.url()
  await Promise.all([ask(relay(url, '/toil')), ask(relay(url, '/toil'))])
  await running.until('both are pressed', (view) => serviceOf(view, 'auth').health.pressed === 2)
  const before = (await events(shop)).length
  // That nothing happens takes a while to be seen: several checks, of which two would do.
  await pause(1500)
  const told = (await events(shop)).slice(before)
  assert.deepEqual(
    told.filter(({ type }) => type === 'replacement.started' || type === 'worker.suspected'),
    [],
  )
  const auth = await running.service('auth')
  assert.deepEqual(
    auth.workers.map(({ generation }) => generation),
    [1, 1],
  )
})
