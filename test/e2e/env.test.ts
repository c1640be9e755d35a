import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { TracedVariable } from '../../src/environment/trace-environment.ts'
import { Project } from '../support/project.ts'

const FILE = `env: { SHARED: runtime, LEVEL: info }
services:
  auth:
    path: auth
    env: { LEVEL: debug, API_KEY: hunter2, DB: "postgres://app:hunter3@db/shop", QUOTE: "it's two\\nlines" }
  db: { path: auth }
`

function project(t: TestContext): Project {
  const files = { 'auth/index.js': 'export default () => {}', '.env': 'LEVEL=warn\nFROM_FILE=weak\n', 'auth/.env': 'FROM_FILE=strong\n' }
  return new Project(t, FILE, { files, env: { LEVEL: 'error' } })
}

test('env prints what the workers get, one variable a line, without secrets', async (t) => {
  const { code, stdout, stderr } = await project(t).run('env', 'auth')
  assert.equal(code, 0, stderr)
  for (const line of ['LEVEL=debug', 'API_KEY=***', 'DB=postgres://app:***@db/shop', 'FROM_FILE=strong', 'MESHRT_SERVICE=auth'])
    assert.ok(stdout.split('\n').includes(line), `${line} in\n${stdout}`)
  assert.doesNotMatch(stdout, /hunter/)
  assert.match(stdout, /^QUOTE=\$'it\\'s two\\x0alines'$/m)
})

test('env --reveal shows secrets', async (t) => {
  const { stdout } = await project(t).run('env', 'auth', '--reveal')
  assert.match(stdout, /^API_KEY=hunter2$/m)
  assert.match(stdout, /^DB=postgres:\/\/app:hunter3@db\/shop$/m)
})

test('env --explain shows where each variable comes from and what it overrides', async (t) => {
  const { stdout } = await project(t).run('env', 'auth', '--explain')
  assert.match(stdout, /^VARIABLE +VALUE +FROM +OVERRIDES$/m)
  assert.match(stdout, /^LEVEL +debug +service env +runtime env \(info\), environment \(error\), runtime envFile \(warn\)$/m)
  assert.match(stdout, /^FROM_FILE +strong +service envFile +runtime envFile \(weak\)$/m)
  assert.match(stdout, /^NODE_ENV +production +default +-$/m)
  assert.match(stdout, /^MESHRT_SLOT +0 +identity +-$/m)
})

test('env --json is one document, with the same secrets hidden', async (t) => {
  const { stdout } = await project(t).run('env', 'auth', '--json', '--dev')
  const document = JSON.parse(stdout) as { schema: string; mode: string; variables: readonly TracedVariable[] }
  assert.deepEqual([document.schema, document.mode], ['meshrt.env/v1', 'dev'])
  const named = new Map(document.variables.map((variable) => [variable.name, variable]))
  assert.equal(named.has('NODE_ENV'), false)
  assert.equal(named.get('API_KEY')?.value, '***')
  assert.deepEqual(named.get('SHARED'), { name: 'SHARED', value: 'runtime', origin: 'runtime env', overrides: [] })
})

test('env of an unknown service says what was probably meant, with exit 2', async (t) => {
  const { code, stderr } = await project(t).run('env', 'auht')
  assert.equal(code, 2)
  assert.match(stderr, /Did you mean "auth"\?[^]*MESHRT_UNKNOWN_SERVICE/)
})
