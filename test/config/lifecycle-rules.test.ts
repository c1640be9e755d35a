import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { findService } from '../../src/model/spec.ts'
import { makeWorkspace, pointedAt, TWO_SERVICES, type Workspace } from './workspace.ts'

function workspaceOf(t: TestContext): Promise<Workspace> {
  return makeWorkspace(t, { ...TWO_SERVICES, 'migrate/index.js': '' })
}

const MIGRATE = '  migrate: { path: migrate, type: oneshot }\n'

test('dependsOn is a list with the default condition of each service, or a map with conditions', async (t) => {
  const workspace = await workspaceOf(t)
  const edgesOf = async (dependsOn: string) => {
    const spec = await workspace.load(`services:\n  auth: { path: auth, dependsOn: ${dependsOn} }\n  db: { path: db }\n${MIGRATE}`)
    return findService(spec, 'auth')?.dependsOn.map(({ service, condition }) => `${service} ${condition}`)
  }
  assert.deepEqual(await edgesOf('[db, migrate, db]'), ['db ready', 'migrate completed'])
  assert.deepEqual(await edgesOf('{ db: started, migrate: completed }'), ['db started', 'migrate completed'])
  assert.deepEqual(await edgesOf('{ migrate: started }'), ['migrate started'])
})

const WRONG: readonly [string, string, string, RegExp][] = [
  ['dependsOn: { db: raedy }', 'raedy', 'wrong-type', /must be `started`, `ready` or `completed`/],
  ['dependsOn: { bd: ready }', 'bd', 'dependency-known', /`bd` is not a service/],
  ['dependsOn: { migrate: ready }', 'ready', 'dependency-condition', /is a oneshot and never ready/],
  ['dependsOn: { db: completed }', 'completed', 'dependency-condition', /never completes: it is started again whenever it ends/],
  ['dependsOn: { db: ready, auth: ready }', 'auth', 'dependency-known', /depends on itself/],
  ['type: oneshot, workers: 2', '2', 'oneshot-workers', /must have 1 worker/],
  ['type: oneshot, restart: { policy: always }', 'always', 'oneshot-restart', /again and again/],
  ['listen: pass', 'pass', 'wrong-type', /must be `capture` or `passthrough`/],
  ['typescript: swc', 'swc', 'wrong-type', /must be `native` or `tsx`/],
  ['listen: passthrough, rollout: { maxUnavailable: 0 }', '0', 'rollout-possible', /both 0/],
  ['type: job', 'job', 'wrong-type', /must be `auto`, `service`, `background` or `oneshot`/],
]

for (const [keys, at, rule, message] of WRONG) {
  test(`a service with ${keys} is wrong at ${at}`, async (t) => {
    const workspace = await workspaceOf(t)
    const problems = await workspace.problems(`services:\n  auth: { path: auth, ${keys} }\n  db: { path: db }\n${MIGRATE}`)
    assert.equal(problems.length, 1, JSON.stringify(problems))
    const [problem] = problems
    assert.ok(problem)
    assert.deepEqual([problem.rule, pointedAt(problem)], [rule, at])
    assert.match(problem.message, message)
    assert.ok(problem.hint ?? rule === 'wrong-type')
  })
}

test('a service that may end can be waited for to be completed', async (t) => {
  const workspace = await workspaceOf(t)
  const spec = await workspace.load(
    'services:\n  auth: { path: auth, dependsOn: { db: completed } }\n  db: { path: db, restart: { policy: on-failure } }\n',
  )
  assert.equal(findService(spec, 'auth')?.dependsOn[0]?.condition, 'completed')
})

test('a cycle of a map points at the name that closes it', async (t) => {
  const workspace = await workspaceOf(t)
  const [problem] = await workspace.problems(
    'services:\n  auth: { path: auth, dependsOn: { db: started } }\n  db: { path: db, dependsOn: { auth: started } }\n',
  )
  assert.ok(problem)
  assert.deepEqual([problem.rule, problem.path, pointedAt(problem)], ['dependency-cycle', 'services.db.dependsOn.auth', 'auth'])
})

test('a oneshot has limits of its own: one worker, no start timeout, restarts on failure and no probe, whatever the runtime says', async (t) => {
  const workspace = await workspaceOf(t)
  const head = 'workers: 3\nstartTimeout: 7s\nrestart: { probeAfter: 9s }\n'
  const of = async (keys: string) => {
    const spec = await workspace.load(`${head}services:\n  migrate: { path: migrate, type: oneshot${keys} }\n`)
    const { workers, startTimeoutMs, restart } = spec.services[0] ?? assert.fail()
    return [workers, startTimeoutMs, restart.policy, restart.probeAfterMs]
  }
  assert.deepEqual(await of(''), [1, 0, 'on-failure', 0])
  assert.deepEqual(await of(', startTimeout: 5s, restart: { policy: never, probeAfter: 1s }'), [1, 5000, 'never', 1000])
})

test('the entrypoint is the only service that can have a server, and no other type can be named', async (t) => {
  const workspace = await workspaceOf(t)
  const services = `services:\n  auth: { path: auth }\n  db: { path: db, type: background }\n${MIGRATE}`
  assert.equal((await workspace.load(services)).entrypoint, 'auth')
  const [problem] = await workspace.problems(`entrypoint: db\n${services}`)
  assert.deepEqual([problem?.rule, problem && pointedAt(problem)], ['entrypoint-type', 'db'])
})

test('preStop is a part of the shutdown budget', async (t) => {
  const workspace = await workspaceOf(t)
  const load = (times: string) => workspace.load(`gracefulShutdown: { ${times} }\nservices: { auth: { path: auth } }\n`)
  assert.equal((await load('preStop: 2s')).preStopMs, 2000)
  const [problem] = await workspace.problems('gracefulShutdown: { runtime: 2s, preStop: 2s }\nservices: { auth: { path: auth } }\n')
  assert.deepEqual([problem?.rule, problem && pointedAt(problem)], ['pre-stop', '2s'])
})

test('`listen: passthrough` is not for the entrypoint, and gives no two workers a port at a time, whatever the runtime says', async (t) => {
  const workspace = await workspaceOf(t)
  const [problem] = await workspace.problems('services: { auth: { path: auth, listen: passthrough } }\n')
  assert.deepEqual([problem?.rule, problem && pointedAt(problem)], ['entrypoint-listens', 'passthrough'])
  const head = 'entrypoint: none\nrollout: { maxSurge: 2 }\n'
  const of = async (keys: string) => {
    const spec = await workspace.load(`${head}services: { auth: { path: auth, listen: passthrough${keys} } }\n`)
    const { listen, rollout } = spec.services[0] ?? assert.fail()
    return [listen, rollout.maxSurge, rollout.maxUnavailable]
  }
  assert.deepEqual(await of(''), ['passthrough', 0, 1])
  assert.deepEqual(await of(', rollout: { maxSurge: 1 }'), ['passthrough', 1, 1])
})
