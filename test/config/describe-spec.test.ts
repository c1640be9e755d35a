import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stringify } from 'yaml'
import { describeSpec } from '../../src/config/describe-spec.ts'
import { TWO_SERVICES, makeWorkspace } from './workspace.ts'

const RICH = `
entrypoint: auth
server: { port: 0 }
mesh: { domain: internal, hold: { time: 90s }, timeouts: { bodyIdle: 1500ms }, streamThreshold: 1000,
  selection: least-pending, stuckAfter: 1s, retry: { budget: 0.5, min: 1 }, circuit: { failures: 3, openFor: 2s, maxOpenFor: 1m }, maxInFlight: 100, deny: { auth: [db] } }
rollout: { maxSurge: 2, settle: 3s }
restart: { delay: 0, factor: 1.5, probeAfter: 0 }
logger: { level: warn, pretty: true, file: logs/run.log, maxSize: 1mb }
gracefulShutdown: { runtime: 20s, preStop: 3s }
health: { maxEventLoopDelay: 100ms, maxResponseTime: 2s, maxRSS: 1gb, check: /ready?x=1, checkTimeout: 1500ms }
replacements: { perService: 2, total: 3 }
smoke:
  - { path: /health, timeout: 2s, expect: { status: 204 } }
  - { service: db, method: POST, path: /x?y=1, headers: { x-id: "7" }, body: { a: [1, null] }, expect: { contains: ok, json: [{ a: 1 }] } }
services:
  auth:
    path: auth
    workers: 3
    dependsOn: { db: started, migrate: completed }
    env: { MODE: fast }
    isolation: thread
    argv: [--x]
    execArgv: [--no-warnings]
    nodeOptions: --conditions dev
    preload: [./index.js, agent/register]
    sourceMaps: true
    permissions: { fs: { read: [., ../db, "*"], write: [/tmp] }, net: true, child: true }
    config: { list: [1, two, { three: 3 }], none: null }
    limits: { heap: 64mb, stack: 1mb, cpu: 0.5 }
    health: { check: export }
    mesh: { maxInFlight: 7 }
    watch: { paths: [., ../db], ignore: [dist] }
    build: npm run build
  db: { path: db, permissions: { worker: true }, workers: { min: 2, max: 5, targetELU: 0.5, tolerance: 0.2, stabilise: 90s }, rollout: { maxSurge: 0, maxUnavailable: 1 }, onFailed: exit, watch: false, health: { check: none } }
  migrate: { path: db, type: oneshot, dependsOn: [db] }
`

for (const mode of ['start', 'dev'] as const) {
  test(`describeSpec gives a file that loads to the same spec in ${mode}`, async (t) => {
    const files = { ...TWO_SERVICES, '.env': 'A=1', 'db/.env': 'B=2' }
    const workspace = await makeWorkspace(t, files)
    const spec = await workspace.load(RICH, { mode })
    assert.deepEqual(await workspace.load(stringify(describeSpec(spec, { secrets: 'shown' })), { mode }), spec)
  })
}

test('describeSpec hides secrets of env and config, at any depth, and passwords in URLs', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const spec = await workspace.load(`
smoke: [{ method: POST, headers: { authorization: Bearer s3cret }, body: { password: s3cret, name: x } }]
env: { API_KEY: k, DbPassword: p, PLAIN: visible, URL: "postgres://app:hunter2@db/shop" }
services: { auth: { path: auth, config: { nested: [{ clientSecret: s, id: 7 }], token: { a: 1 } } } }
`)
  const { env, services, smoke } = describeSpec(spec, { secrets: 'hidden' })
  assert.doesNotMatch(JSON.stringify(smoke), /s3cret/)
  const { config } = services['auth'] as { config: unknown }
  assert.deepEqual(env, { API_KEY: '***', DbPassword: '***', PLAIN: 'visible', URL: 'postgres://app:***@db/shop' })
  assert.deepEqual(config, { nested: [{ clientSecret: '***', id: 7 }], token: '***' })
})
