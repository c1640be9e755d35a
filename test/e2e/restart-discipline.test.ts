import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { EventOf, EventType, StampedEvent } from '../../src/model/events.ts'
import { ask, Project, PUPPET, Running, serviceOf } from '../support/project.ts'

async function eventsOf<T extends EventType>(project: Project, type: T): Promise<readonly EventOf<T>[]> {
  const { stdout } = await project.run('events', '--json', '-n', '1000')
  const all = stdout
    .split('\n')
    .filter(Boolean)
    .map((line) => (JSON.parse(line) as StampedEvent).event)
  return all.filter((event): event is EventOf<T> => event.type === type)
}

test('a service that crashes shortly after every start is quarantined after growing delays, the rest serves, restart revives it', async (t) => {
  const restart = { delay: '40ms', factor: 2, maxDelay: '1s', jitter: 0, maxAttempts: 3, probeAfter: 0 }
  const services = { gateway: { path: PUPPET }, mailer: { path: PUPPET, restart, config: { flagFile: 'flags.json' } } }
  const files = { 'flags.json': JSON.stringify({ crashAfterMs: 500 }) }
  const project = new Project(t, { entrypoint: 'gateway', server: { port: 0 }, services }, { files })
  const running = new Running(project, project.launch('start'))
  const view = await running.until('mailer has failed', (now) => serviceOf(now, 'mailer').state === 'failed')
  const [worker] = serviceOf(view, 'mailer').workers
  assert.deepEqual([worker?.state, worker?.restarts, worker?.generation], ['quarantined', 3, null])
  assert.deepEqual(worker?.lastExit?.exit, { kind: 'crashed', code: 4 })
  const delays = (await eventsOf(project, 'restart.scheduled')).map(({ delayMs, attempt }) => [delayMs, attempt])
  assert.deepEqual(delays, [
    [40, 1],
    [80, 2],
    [160, 3],
  ])
  assert.deepEqual(
    (await eventsOf(project, 'slot.quarantined')).map(({ reason }) => reason),
    ['intensity-exceeded'],
  )
  const ps = await project.run('ps')
  assert.match(ps.stdout, /mailer +0\/1 +failed/)
  assert.match(ps.stderr, /1 service is not ready: mailer \(failed\)/)
  assert.equal((await ask(`${await running.url()}/`)).status, 200)

  project.write({ 'flags.json': '{}' })
  const restarted = await project.run('restart', 'mailer')
  assert.equal(restarted.code, 0, restarted.stderr)
  const revived = await running.service('mailer')
  assert.deepEqual([revived.state, revived.ready, revived.workers[0]?.generation], ['running', 1, 5])
})

test('a worker that crashes while others still boot is restarted', async (t) => {
  const services = {
    gateway: { path: PUPPET, config: { flagFile: 'never.json' } },
    mailer: { path: PUPPET, restart: { delay: '10ms' }, config: { crashAfterMs: 300 } },
  }
  const files = { 'never.json': JSON.stringify({ neverReady: true }) }
  const project = new Project(t, { entrypoint: 'gateway', server: { port: 0 }, services }, { files })
  const running = new Running(project, project.launch('start'))
  const view = await running.until('mailer was restarted', (now) => serviceOf(now, 'mailer').restarts > 0)
  assert.deepEqual([view.runtime.state, serviceOf(view, 'gateway').state], ['starting', 'starting'])
})

test('a stop while a restart is pending ends the runtime clean, and at once', async (t) => {
  const services = { gateway: { path: PUPPET }, mailer: { path: PUPPET, restart: { delay: '30s' }, config: { crashAfterMs: 50 } } }
  const project = new Project(t, { entrypoint: 'gateway', server: { port: 0 }, services })
  const running = new Running(project, project.launch('start'))
  await running.until('the restart is pending', (now) => serviceOf(now, 'mailer').workers[0]?.state === 'backoff')
  const stopped = await project.run('stop')
  assert.deepEqual([stopped.code, stopped.stdout], [0, 'Stopped.\n'])
  assert.equal((await running.cli.ended()).code, 0)
})

/** The default of the entrypoint in `start` is `onFailed: exit`. */
async function failedStart(t: TestContext, gateway: object) {
  const services = { gateway: { path: PUPPET, ...gateway }, mailer: { path: PUPPET } }
  const project = new Project(t, { entrypoint: 'gateway', server: { port: 0 }, services })
  return project.run('start')
}

test('a start fails when its entrypoint is quarantined before it was ready: its own error with stack, all stopped, exit 1', async (t) => {
  const restart = { startAttempts: 2, delay: '10ms' }
  const ended = await failedStart(t, { restart, config: { failAtLoad: 'no licence' } })
  assert.equal(ended.code, 1, ended.stderr)
  assert.match(ended.stderr, /MESHRT_SERVICE_FAILED/)
  assert.match(ended.stderr, /puppet told to fail at load: no licence/)
  assert.match(ended.stderr, /at .*create .*puppet\/index\.js:\d+/)
  assert.match(ended.stdout, /mailer: stopped/)
})

test('a start fails when its entrypoint is not ready within startTimeout, exit 1', async (t) => {
  const ended = await failedStart(t, { startTimeout: '700ms', config: { neverReady: true } })
  assert.equal(ended.code, 1, ended.stderr)
  assert.match(ended.stderr, /MESHRT_START_TIMEOUT/)
  assert.match(ended.stderr, /"gateway" was not ready within 700 ms/)
})

test('an exit while a module loads keeps its code', async (t) => {
  const services = { gateway: { path: PUPPET }, bad: { path: './bad', restart: { startAttempts: 1 } } }
  const files = { 'bad/index.js': 'process.exit(9)' }
  const project = new Project(t, { entrypoint: 'gateway', server: { port: 0 }, services }, { files })
  const running = new Running(project, project.launch('start'))
  const view = await running.until('bad has failed', (now) => serviceOf(now, 'bad').state === 'failed')
  assert.deepEqual(serviceOf(view, 'bad').workers[0]?.lastExit?.exit, { kind: 'crashed', code: 9 })
})
