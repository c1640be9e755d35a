import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TWO_SERVICES, makeWorkspace, summarise } from './workspace.ts'

const FILE = `
services:
  auth:
    path: auth
    env: { LEVEL: info, KEEP: "1" }
    config: { db: { host: prod, port: 1 }, list: [1, 2] }
    limits: { heap: 64mb }
    startTimeout: 5s
    dev:
      env: { LEVEL: 0x1, MORE: x }
      config: { db: { host: localhost }, list: [3] }
      limits:
      startTimeout: 1m
      entry: dev.js
      watch: { paths: [src] }
`
const FILES = { ...TWO_SERVICES, 'auth/dev.js': '' }

test('dev of a service is laid over its other keys in dev, maps key by key, and changes nothing in start', async (t) => {
  const workspace = await makeWorkspace(t, FILES)
  const [dev] = (await workspace.load(FILE, { mode: 'dev' })).services
  assert.ok(dev)
  assert.deepEqual(dev.env.service, { LEVEL: '0x1', KEEP: '1', MORE: 'x' })
  assert.deepEqual(dev.config, { db: { host: 'localhost', port: 1 }, list: [3] })
  assert.deepEqual(
    [dev.limits.heapBytes, dev.startTimeoutMs, dev.source],
    [64 * 1024 * 1024, 60_000, { kind: 'module', entry: workspace.at('auth/dev.js') }],
  )
  assert.deepEqual(dev.watch.paths, [workspace.at('auth/src')])
  const [start] = (await workspace.load(FILE)).services
  assert.deepEqual([start?.env.service['LEVEL'], start?.startTimeoutMs], ['info', 5000])
})

test('what is wrong inside dev is shown at its place, once, in start as well', async (t) => {
  const workspace = await makeWorkspace(t, FILES)
  const text =
    'services:\n  auth:\n    path: auth\n    dev:\n      wrokers: 2\n      startTimeout: soon\n      enabled: false\n      dev: {}\n'
  for (const mode of ['start', 'dev'] as const) {
    const problems = await workspace.problems(text, { mode })
    assert.deepEqual(
      summarise(problems).map((line) => line.split(' ').slice(0, 2).join(' ')),
      ['5:7 unknown-key', '6:21 wrong-type', '7:7 unknown-key', '8:7 unknown-key'],
      mode,
    )
    assert.match(problems[0]?.hint ?? '', /Did you mean `workers`/)
    assert.match(problems[2]?.hint ?? '', /enabled: \{ dev: false \}/)
  }
})

test('rules between keys look at dev in dev', async (t) => {
  const workspace = await makeWorkspace(t, FILES)
  const text = 'services:\n  auth:\n    path: auth\n    restart: { maxDelay: 1s }\n    dev:\n      restart: { delay: 2s }\n'
  assert.deepEqual(summarise(await workspace.problems(text, { mode: 'dev' })), ['6:25 restart-delays services.auth.restart.delay'])
  assert.ok(await workspace.load(text))
})

test('a variable that only dev needs is not missed in start', async (t) => {
  const workspace = await makeWorkspace(t, FILES)
  const text = 'services:\n  auth:\n    path: auth\n    dev:\n      workers: ${LOCAL}\n      env: { A: "${LOCAL}" }\n'
  assert.ok(await workspace.load(text))
  assert.deepEqual(
    summarise(await workspace.problems(text, { mode: 'dev' })).map((line) => line.split(' ')[0]),
    ['5:16', '6:18'],
  )
})
