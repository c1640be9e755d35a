import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { join } from 'node:path'
import { loadSource } from '../../src/config/load-spec.ts'
import { traceOrigins, type Origin } from '../../src/config/trace-origins.ts'
import type { Mode } from '../../src/model/spec.ts'
import { tempDir, writeFiles } from '../support/temp-dir.ts'

const FILE = `server: { port: "\${PORT:-3000}" }
workers: 2
health: { maxELU: 0.9 }
restart: { probeAfter: 3s }
autoload: { path: found }
services:
  auth:
    path: auth
    workers: { max: 4 }
    dependsOn: [db]
    env: { LEVEL: "\${LEVEL}-\${PORT}", API_KEY: hush, LITERAL: "$\${PORT}" }
    dev: { env: { LEVEL: loud } }
  db: { path: auth, health: { interval: 1s } }
  migrate: { path: auth, type: oneshot, restart: { policy: never } }
`

async function trace(
  t: TestContext,
  mode: Mode = 'start',
): Promise<ReadonlyMap<string, { readonly value: unknown; readonly origin: Origin }>> {
  const root = tempDir(t)
  writeFiles(root, { 'meshrt.yaml': FILE, 'auth/index.js': '', 'found/mailer/index.js': '' })
  const source = await loadSource({ file: join(root, 'meshrt.yaml'), mode, env: { LEVEL: 'debug', PORT: '0' } })
  return new Map(traceOrigins(source).map((one) => [one.key, one]))
}

const EXPECTED: readonly (readonly [key: string, value: unknown, origin: Origin])[] = [
  ['server.port', 0, { kind: 'variable', names: ['PORT'], line: 1, column: 17 }],
  ['server.hostname', '127.0.0.1', { kind: 'default' }],
  ['services.auth.path', './auth', { kind: 'file', line: 8, column: 11 }],
  ['services.auth.workers.max', 4, { kind: 'file', line: 9, column: 21 }],
  ['services.auth.workers.min', 2, { kind: 'file', line: 2, column: 10 }],
  ['services.auth.dependsOn.db', 'ready', { kind: 'file', line: 10, column: 16 }],
  ['services.auth.env.LEVEL', 'debug-0', { kind: 'variable', names: ['LEVEL', 'PORT'], line: 11, column: 19 }],
  ['services.auth.env.API_KEY', '***', { kind: 'file', line: 11, column: 48 }],
  ['services.auth.env.LITERAL', '${PORT}', { kind: 'file', line: 11, column: 63 }],
  ['services.auth.health.maxELU', 0.9, { kind: 'file', line: 3, column: 19 }],
  ['services.auth.health.interval', '5s', { kind: 'default' }],
  ['services.db.health.interval', '1s', { kind: 'file', line: 13, column: 41 }],
  ['services.db.workers', 2, { kind: 'file', line: 2, column: 10 }],
  ['services.migrate.workers', 1, { kind: 'default' }],
  ['services.migrate.restart.probeAfter', '0ms', { kind: 'default' }],
  ['services.mailer.path', './found/mailer', { kind: 'autoload', line: 5, column: 19 }],
]

test('traceOrigins says of every value where it is written, in short or in full, which variables it names, and what is a default', async (t) => {
  const traced = await trace(t)
  for (const [key, value, origin] of EXPECTED) {
    const found = traced.get(key)
    assert.deepEqual([key, found?.value, found?.origin], [key, value, origin])
  }
})

test('traceOrigins in dev points into the dev block, and says that the number of workers is a rule of dev', async (t) => {
  const traced = await trace(t, 'dev')
  assert.deepEqual(traced.get('services.auth.env.LEVEL')?.origin, { kind: 'file', line: 12, column: 26 })
  assert.deepEqual(traced.get('services.db.workers')?.origin, { kind: 'dev' })
})
