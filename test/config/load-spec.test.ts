import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { test } from 'node:test'
import { findService, type RuntimeSpec } from '../../src/model/spec.ts'
import { TWO_SERVICES, makeWorkspace, pointedAt, summarise } from './workspace.ts'

const ONE = 'services: { auth: { path: auth } }\n'
const TWO = 'services:\n  auth: { path: auth }\n  db: { path: db }\n'

function service(spec: RuntimeSpec, id: string) {
  const found = findService(spec, id)
  assert.ok(found, id)
  return found
}

test('a minimal file gets every default', async (t) => {
  const workspace = await makeWorkspace(t, { ...TWO_SERVICES, 'package.json': '{"name":"@acme/shop"}' })
  assert.deepEqual(structuredClone(await workspace.load(ONE)), {
    name: '@acme/shop',
    file: workspace.at('meshrt.yaml'),
    root: workspace.root,
    mode: 'start',
    entrypoint: 'auth',
    server: { hostname: '127.0.0.1', port: 3000 },
    mesh: {
      domain: '.plt.local',
      hold: { timeMs: 5000, max: 1000 },
      timeouts: { headersMs: 30_000, bodyIdleMs: 0 },
      selection: 'round-robin',
      stuckAfterMs: 250,
      retry: { budget: 0.2, minPerSecond: 10 },
      circuit: { failures: 5, openForMs: 1000, maxOpenForMs: 30_000 },
      maxInFlight: 0,
      deny: {},
      streamThresholdBytes: 32_768,
    },
    shutdownMs: 8000,
    replacements: { perService: 1, total: 2 },
    preStopMs: 0,
    logger: { level: 'info', pretty: 'auto', file: null, maxSizeBytes: 10 * 1024 * 1024, keep: 5 },
    smoke: [],
    services: [
      {
        id: 'auth',
        foundBy: 'file',
        path: workspace.at('auth'),
        source: { kind: 'module', entry: workspace.at('auth/index.js') },
        cwd: workspace.at('auth'),
        ready: { kind: 'listen' },
        type: 'auto',
        isolation: 'thread',
        node: { argv: [], execArgv: [], nodeOptions: '', preload: [], sourceMaps: false },
        permissions: null,
        listen: 'capture',
        typescript: 'auto',
        workers: 1,
        scaling: null,
        rollout: { maxSurge: 1, maxUnavailable: 0, settleMs: 0 },
        dependsOn: [],
        env: { runtime: {}, service: {} },
        envFiles: { runtime: null, service: null },
        config: {},
        health: {
          enabled: true,
          intervalMs: 5000,
          gracePeriodMs: 30_000,
          maxUnhealthyChecks: 3,
          maxELU: 0.98,
          maxHeapUsed: 0.95,
          blockedAfterMs: 15_000,
          maxEventLoopDelayMs: 0,
          maxResponseTimeMs: 0,
          maxRssBytes: 0,
          check: { kind: 'none' },
          checkTimeoutMs: 1000,
        },
        restart: {
          policy: 'always',
          delayMs: 100,
          factor: 2,
          maxDelayMs: 30_000,
          jitter: 0.2,
          maxAttempts: 5,
          windowMs: 60_000,
          maxPerHour: 20,
          startAttempts: 5,
          stableAfterMs: 30_000,
          probeAfterMs: 60_000,
        },
        onFailed: 'exit',
        startTimeoutMs: 30_000,
        shutdownMs: 10_000,
        limits: { heapBytes: null, youngGenerationBytes: null, stackBytes: null, cpu: 0 },
        mesh: { maxInFlight: 0 },
        watch: { enabled: false, paths: [workspace.at('auth')], ignore: [] },
        build: null,
      },
    ],
  })
})

test('dev forces one worker, watches the folder, checks no health and holds on failure', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const spec = await workspace.load('workers: 4\nservices: { auth: { path: auth, workers: auto } }\n', { mode: 'dev' })
  const { workers, watch, health, onFailed } = service(spec, 'auth')
  assert.deepEqual(
    { workers, watch, enabled: health.enabled, onFailed },
    {
      workers: 1,
      watch: { enabled: true, paths: [workspace.at('auth')], ignore: [] },
      enabled: false,
      onFailed: 'hold',
    },
  )
})

test('the only service is the entrypoint; of several none is, unless one is named', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  assert.equal((await workspace.load(ONE)).entrypoint, 'auth')
  assert.equal((await workspace.load(TWO)).entrypoint, null)
  assert.equal((await workspace.load(`entrypoint: db\n${TWO}`)).entrypoint, 'db')
  assert.equal((await workspace.load(`entrypoint: none\n${ONE}`)).entrypoint, null)
})

test('enabled may differ between start and dev', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const text = 'services:\n  auth: { path: auth }\n  db: { path: db, enabled: { start: false } }\n'
  assert.deepEqual(
    (await workspace.load(text)).services.map(({ id }) => String(id)),
    ['auth'],
  )
  assert.deepEqual(
    (await workspace.load(text, { mode: 'dev' })).services.map(({ id }) => String(id)),
    ['auth', 'db'],
  )
})

test('workers may be a number, auto, or come from a variable, and a service wins over the runtime', async (t) => {
  const workspace = await makeWorkspace(t, { 'x/index.js': '' })
  const spec = await workspace.load(
    'workers: auto\nservices:\n  a: { path: x }\n  b: { path: x, workers: 3 }\n  c:\n    path: x\n    workers: ${N}\n  d: { path: x, workers: "${M:-2}" }\n',
    { env: { N: '5' } },
  )
  assert.deepEqual(
    spec.services.map(({ workers }) => workers),
    [availableParallelism(), 3, 5, 2],
  )
})

test('a bad number from a variable fails with its location', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  for (const value of ['two', '0', '1.5', '-3', '', ' 2']) {
    const problems = await workspace.problems(`name: x\nworkers: \${WORKERS}\n${ONE}`, { env: { WORKERS: value } })
    assert.deepEqual(summarise(problems), ['2:10 wrong-type workers'], value)
    assert.equal(problems[0] && pointedAt(problems[0]), '${WORKERS}')
  }
})

test('text from a variable becomes a number or a boolean only where one is wanted', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const spec = await workspace.load(
    'name: ${N}\nserver:\n  port: ${N}\nhealth:\n  enabled: ${B}\n  interval: ${N}\nservices:\n  auth:\n    path: auth\n    env: { A: "${N}" }\n    config: { a: "${N}" }\n',
    { env: { N: '5000', B: 'false' } },
  )
  const { env, config, health } = service(spec, 'auth')
  assert.deepEqual(
    [spec.name, spec.server.port, health.enabled, health.intervalMs, env.service, config],
    ['5000', 5000, false, 5000, { A: '5000' }, { a: '5000' }],
  )
})

test('all variables that are missing are reported together, each at its place', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const text =
    'name: ${A}\nenv:\n  X: pre-${B}-${C:?ask the operator}\n  Y: "${D:-fine}"\n  Z: $${E}\nservices: { auth: { path: "${F}" } }\n'
  const problems = await workspace.problems(text)
  assert.deepEqual(
    problems.map((problem) => `${problem.line}:${problem.column} ${pointedAt(problem)} ${problem.message}`),
    [
      '1:7 ${A} ${A} is not set',
      '3:10 ${B} ${B} is not set',
      '3:15 ${C:?ask the operator} ${C} is not set: ask the operator',
      '6:28 ${F} ${F} is not set',
    ],
  )
})

test('references also see the env file of the runtime, over which the environment wins', async (t) => {
  const workspace = await makeWorkspace(t, { ...TWO_SERVICES, '.env': 'PORT=4000\nNAME=file\n', 'other.env': 'PORT=5000\n' })
  const text = `name: \${NAME:-none}\nserver:\n  port: \${PORT}\n${ONE}`
  const spec = await workspace.load(text, { env: { NAME: 'real' } })
  assert.deepEqual([spec.name, spec.server.port], ['real', 4000])
  assert.equal((await workspace.load(`envFile: other.env\n${text}`)).server.port, 5000)
})

test('env is text as it is written, of the runtime and of a service apart', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const spec = await workspace.load(
    'env: { VERSION: 1.10, DEBUG: true, LEVEL: low, EMPTY: "" }\nservices: { auth: { path: auth, env: { LEVEL: 0x10 } } }\n',
  )
  assert.deepEqual(service(spec, 'auth').env, {
    runtime: { VERSION: '1.10', DEBUG: 'true', LEVEL: 'low', EMPTY: '' },
    service: { LEVEL: '0x10' },
  })
})

test('env files are those of the runtime and of the service', async (t) => {
  const workspace = await makeWorkspace(t, { ...TWO_SERVICES, '.env': '', 'auth/.env': '', 'db/db.env': '' })
  const spec = await workspace.load('services:\n  auth: { path: auth }\n  db: { path: db, envFile: db.env }\n')
  assert.deepEqual(service(spec, 'auth').envFiles, { runtime: workspace.at('.env'), service: workspace.at('auth/.env') })
  assert.deepEqual(service(spec, 'db').envFiles, { runtime: workspace.at('.env'), service: workspace.at('db/db.env') })
})

test('blocks of a service are laid key by key over those of the runtime', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const spec = await workspace.load(
    [
      'health: { interval: 1s, maxELU: 0.5 }',
      'restart: { delay: 1s, policy: on-failure }',
      'onFailed: hold',
      'startTimeout: 10s',
      'gracefulShutdown: { runtime: 20s, service: 15s }',
      'services:',
      '  auth:',
      '    path: auth',
      '    health: { maxELU: 0.7, enabled: false }',
      '    restart: { delay: 2s }',
      '    onFailed: exit',
      '    startTimeout: 1m',
      '    gracefulShutdown: { service: 1.5s }',
      '  db: { path: db }',
    ].join('\n'),
  )
  const { health, restart, onFailed, startTimeoutMs, shutdownMs } = service(spec, 'auth')
  assert.deepEqual(
    [health.intervalMs, health.maxELU, health.enabled, restart.delayMs, restart.policy, onFailed, startTimeoutMs, shutdownMs],
    [1000, 0.7, false, 2000, 'on-failure', 'exit', 60_000, 1500],
  )
  const db = service(spec, 'db')
  assert.deepEqual(
    [db.health.maxELU, db.health.enabled, db.restart.delayMs, db.onFailed, db.startTimeoutMs, db.shutdownMs, spec.shutdownMs],
    [0.5, true, 1000, 'hold', 10_000, 15_000, 20_000],
  )
})

test('blocks without any key in them count as not given', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const spec = await workspace.load(
    'server:\nmesh:\n  hold:\nenv:\nservices:\n  auth:\n    path: auth\n    limits:\n    config:\n    watch:\n',
  )
  assert.deepEqual([spec.server.port, spec.mesh.hold.max, service(spec, 'auth').config], [3000, 1000, {}])
})

test('the leading dot of the mesh domain is optional', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  for (const domain of ['internal', '.internal', 'Internal']) {
    assert.equal((await workspace.load(`mesh: { domain: ${domain} }\n${ONE}`)).mesh.domain, '.internal')
  }
})

test('watch may be switched off, or name its paths', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const watchOf = async (watch: string) =>
    service(await workspace.load(`services: { auth: { path: auth, watch: ${watch} } }\n`, { mode: 'dev' }), 'auth').watch
  assert.equal((await watchOf('false')).enabled, false)
  assert.deepEqual(await watchOf('true'), { enabled: true, paths: [workspace.at('auth')], ignore: [] })
  assert.deepEqual(await watchOf('{ paths: [., ../shared], ignore: [dist] }'), {
    enabled: true,
    paths: [workspace.at('auth'), workspace.at('shared')],
    ignore: ['dist'],
  })
})

test('the name defaults to the nearest package.json, else to the folder', async (t) => {
  const workspace = await makeWorkspace(t, { ...TWO_SERVICES, 'package.json': '{ not json' })
  const { name } = await workspace.load(ONE)
  assert.ok(workspace.root.endsWith(`/${name}`), name)
  assert.equal((await workspace.load(`name: mine\n${ONE}`)).name, 'mine')
})

test('anchors, aliases and merge keys work', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const spec = await workspace.load(
    'services:\n  auth: &base\n    path: auth\n    workers: 2\n    limits: { heap: 64mb }\n  db: { <<: *base, workers: 3 }\n',
  )
  const { path, workers, limits } = service(spec, 'db')
  assert.deepEqual([path, workers, limits.heapBytes], [workspace.at('auth'), 3, 64 * 1024 * 1024])
})

for (const [limits, youngMb] of [
  ['heap: 32mb', 16],
  ['heap: 1gb', 48],
  ['heap: 1gb, youngGeneration: 96mb', 96],
  ['stack: 1mb', null],
] as const) {
  test(`the young generation of limits { ${limits} } is ${youngMb === null ? "Node's own" : `${youngMb} MB`}`, async (t) => {
    const workspace = await makeWorkspace(t, TWO_SERVICES)
    const { youngGenerationBytes } = service(
      await workspace.load(`services: { auth: { path: auth, limits: { ${limits} } } }\n`),
      'auth',
    ).limits
    assert.equal(youngGenerationBytes, youngMb === null ? null : youngMb * 1024 * 1024)
  })
}

test('a spec is frozen to its last leaf, so that the tenth restart gets what the first got', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const spec = await workspace.load('services: { auth: { path: auth, config: { a: { b: [1, { c: 2 }] } } } }\n')
  const check = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    assert.ok(Object.isFrozen(value))
    for (const inner of Object.values(value)) check(inner)
  }
  check(spec)
})
