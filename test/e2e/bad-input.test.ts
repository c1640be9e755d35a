import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { Ended } from '../support/cli.ts'
import { ask, Project, PUPPET, REPOSITORY } from '../support/project.ts'

interface Case {
  readonly name: string
  /** YAML text or a value; undefined = no file. */
  readonly file: unknown
  readonly exitCode: number
  /** Each has to appear on stderr. */
  readonly says: readonly (string | RegExp)[]
}

const puppet = { path: PUPPET }
const SERVICES = join(REPOSITORY, 'test/worker/services')
const base = { entrypoint: 'gateway', server: { port: 0 } }
/** One start, soon given up. */
const impatient = { restart: { startAttempts: 1, delay: '10ms' }, startTimeout: '700ms' }

const CASES: readonly Case[] = [
  { name: 'no runtime file', file: undefined, exitCode: 78, says: ['MESHRT_CONFIG_NOT_FOUND', 'meshrt.yaml'] },
  { name: 'an empty runtime file', file: '', exitCode: 78, says: ['MESHRT_CONFIG_INVALID'] },
  { name: 'a runtime file without services', file: 'name: shop\n', exitCode: 78, says: ['MESHRT_CONFIG_INVALID', 'services'] },
  {
    name: 'broken YAML',
    file: 'name: shop\nservices: {gateway: {path: .}\n',
    exitCode: 78,
    says: ['MESHRT_CONFIG_INVALID', /meshrt\.yaml:[23]:\d+/],
  },
  {
    name: 'an unknown key',
    file: `services:\n  gateway:\n    path: ${PUPPET}\n    worker: 2\n`,
    exitCode: 78,
    says: [/meshrt\.yaml:4:5/, 'worker: 2', /workers/],
  },
  {
    name: 'several problems, all at once',
    file: `servr: {}\nservices:\n  gateway:\n    path: ${PUPPET}\n    workers: many\n    dependsOn: [nobody]\n`,
    exitCode: 78,
    says: [/meshrt\.yaml:1:1/, /meshrt\.yaml:5:\d+/],
  },
  {
    name: 'an unknown dependency',
    file: `services:\n  gateway:\n    path: ${PUPPET}\n    dependsOn: [autn]\n  auth:\n    path: ${PUPPET}\n`,
    exitCode: 78,
    says: [/meshrt\.yaml:4:\d+/, 'autn', 'auth'],
  },
  {
    name: 'a dependency cycle',
    file: { ...base, services: { gateway: { ...puppet, dependsOn: ['auth'] }, auth: { ...puppet, dependsOn: ['gateway'] } } },
    exitCode: 78,
    says: [/gateway.*auth.*gateway|auth.*gateway.*auth/],
  },
  {
    name: 'a missing entry',
    file: { ...base, services: { gateway: { ...puppet, entry: 'nowhere.js' } } },
    exitCode: 78,
    says: [/meshrt\.yaml:\d+:\d+/, 'nowhere.js'],
  },
  {
    name: 'a module that throws',
    file: { ...base, ...impatient, startTimeout: '20s', services: { gateway: { ...puppet, config: { failAtLoad: 'no database' } } } },
    exitCode: 1,
    says: ['puppet told to fail at load: no database', 'gateway'],
  },
  {
    name: 'a module that never becomes ready',
    file: { ...base, ...impatient, services: { gateway: { ...puppet, config: { neverReady: true } } } },
    exitCode: 1,
    says: ['MESHRT_START_TIMEOUT', 'gateway'],
  },
  {
    name: 'a server that never listens',
    file: { ...base, ...impatient, services: { gateway: { path: SERVICES, entry: 'never-listens.js' } } },
    exitCode: 1,
    says: ['MESHRT_START_TIMEOUT', 'gateway'],
  },
  {
    name: 'an export of an unusable kind',
    file: { ...base, ...impatient, startTimeout: '20s', services: { gateway: { path: SERVICES, entry: 'number.js' } } },
    exitCode: 1,
    says: ['MESHRT_ENTRY_UNUSABLE', 'number.js: its default export is the number 42', 'Export a server, an app or a function'],
  },
  {
    name: 'a native add-on that refuses threads',
    file: { ...base, ...impatient, startTimeout: '20s', services: { gateway: { path: SERVICES, entry: 'addon.cjs' } } },
    exitCode: 1,
    says: ['MESHRT_ADDON_REFUSES_THREAD', 'isolation: process'],
  },
  {
    name: 'no module where one is looked for',
    file: { ...base, services: { gateway: { path: join(SERVICES, '..') } } },
    exitCode: 78,
    says: ['No module to load', /Tried: .*src\/index.*server.*app/],
  },
]

for (const { name, file, exitCode, says } of CASES) {
  test(`start with ${name} ends with ${exitCode} and says why`, async (t) => {
    const project = new Project(t, file)
    const ended = await project.run('start')
    assert.equal(ended.code, exitCode, ended.stderr + ended.stdout)
    for (const expected of says) assertSays(ended, expected)
    assertNoSocket(project)
  })
}

test('config --check shows the problems of a file and starts nothing', async (t) => {
  const project = new Project(t, 'servces: {}\n')
  const ended = await project.run('config', '--check')
  assert.equal(ended.code, 78, ended.stderr)
  assertSays(ended, /meshrt\.yaml:1:1/)
  assertSays(ended, 'services')
})

test('start on a port in use ends with 1, names the port, and does not retry', async (t) => {
  const port = await occupiedPort(t)
  const project = new Project(t, { ...base, server: { port }, services: { gateway: puppet } })
  const ended = await project.run('start')
  assert.equal(ended.code, 1, ended.stderr)
  assertSays(ended, 'MESHRT_PORT_IN_USE')
  assertSays(ended, String(port))
  assertNoSocket(project)
})

test('restart of an unknown service ends with 2 and a suggestion, and touches nothing', async (t) => {
  const project = new Project(t, { ...base, services: { gateway: puppet } })
  const running = await project.start()
  const ended = await project.run('restart', 'gatway')
  assert.equal(ended.code, 2, ended.stderr)
  assertSays(ended, 'MESHRT_UNKNOWN_SERVICE')
  assertSays(ended, 'gateway')
  assert.equal((await ask(`${await running.url()}/`)).status, 200)
})

for (const command of [['ps'], ['restart', 'gateway'], ['stop'], ['logs']]) {
  test(`${command[0]} with nothing running ends with 3`, async (t) => {
    const project = new Project(t, { ...base, services: { gateway: puppet } })
    const ended = await project.run(...command)
    assert.equal(ended.code, 3, ended.stderr)
    assertSays(ended, 'MESHRT_NO_RUNTIME')
  })
}

for (const args of [['frobnicate'], ['ps', '--frobnicate'], ['restart']]) {
  test(`"meshrt ${args.join(' ')}" is a usage error and ends with 2`, async (t) => {
    const ended = await new Project(t, undefined).run(...args)
    assert.equal(ended.code, 2, ended.stderr)
    assert.notEqual(ended.stderr, '')
  })
}

function assertSays(ended: Ended, expected: string | RegExp): void {
  const isThere = typeof expected === 'string' ? ended.stderr.includes(expected) : expected.test(ended.stderr)
  assert.ok(isThere, `stderr does not say ${String(expected)}:\n${ended.stderr}\n--- stdout\n${ended.stdout}`)
}

function assertNoSocket(project: Project): void {
  const left = existsSync(project.socketDir) ? readdirSync(project.socketDir).filter((name) => name.endsWith('.sock')) : []
  assert.deepEqual(left, [], 'a control socket is left')
}

async function occupiedPort(t: TestContext): Promise<number> {
  const server = createServer()
  t.after(() => void server.close())
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return (server.address() as AddressInfo).port
}
