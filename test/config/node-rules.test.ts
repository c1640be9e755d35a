import assert from 'node:assert/strict'
import { test } from 'node:test'
import { refusedByWorkers } from '../../src/config/refused-options.ts'
import { makeWorkspace, summarise } from './workspace.ts'

const FILES = {
  'auth/index.js': '',
  'auth/instrument.js': '',
  'node_modules/agent/index.js': '',
}

test('options that Node.js refuses to a thread are a problem at their place, with a process as the way out', async (t) => {
  const workspace = await makeWorkspace(t, FILES)
  const problems = await workspace.problems(
    'services:\n  auth:\n    path: auth\n    execArgv: [--no-warnings, --expose-gc]\n    nodeOptions: --max-old-space-size=100\n',
  )
  assert.deepEqual(summarise(problems), ['4:5 exec-argv services.auth.execArgv', '5:18 node-options services.auth.nodeOptions'])
  assert.match(problems[0]?.message ?? '', /cannot have --expose-gc$/)
  assert.match(problems[1]?.message ?? '', /cannot have --max-old-space-size=100$/)
  assert.match(problems[0]?.hint ?? '', /isolation: process/)
})

test('options that a thread can have are no problem, nor are those of a process', async (t) => {
  const workspace = await makeWorkspace(t, FILES)
  const spec = await workspace.load(`services:
  auth: { path: auth, argv: [--port, "1"], execArgv: [--no-warnings], nodeOptions: '--conditions "dev"', sourceMaps: true }
  other: { path: auth, isolation: process, execArgv: [--expose-gc], nodeOptions: --max-old-space-size=100 }
`)
  assert.deepEqual(
    spec.services.map(({ isolation, node }) => ({ isolation, ...node })),
    [
      {
        isolation: 'thread',
        argv: ['--port', '1'],
        execArgv: ['--no-warnings'],
        nodeOptions: '--conditions "dev"',
        preload: [],
        sourceMaps: true,
      },
      {
        isolation: 'process',
        argv: [],
        execArgv: ['--expose-gc'],
        nodeOptions: '--max-old-space-size=100',
        preload: [],
        sourceMaps: false,
      },
    ],
  )
})

test('a preload is a file of the service or else a package; a file that is not there is a problem', async (t) => {
  const workspace = await makeWorkspace(t, FILES)
  const preload = '[instrument.js, ./instrument.js, agent, "@scope/agent/register", node:http]'
  const spec = await workspace.load(`services: { auth: { path: auth, preload: ${preload} } }\n`)
  const file = workspace.at('auth/instrument.js')
  assert.deepEqual(spec.services[0]?.node.preload, [file, file, 'agent', '@scope/agent/register', 'node:http'])
  const problems = await workspace.problems(
    'services:\n  auth:\n    path: auth\n    preload:\n      - agent\n      - ./nowhere\n      - gone.ts\n',
  )
  assert.deepEqual(summarise(problems), ['6:9 preload services.auth.preload[1]', '7:9 preload services.auth.preload[2]'])
})

test('refusedByWorkers runs nothing of what it asks about', () => {
  const before = process.getActiveResourcesInfo().length
  assert.equal(
    refusedByWorkers(['--import', 'data:text/javascript,process.exit(3)'], '--import data:text/javascript,process.exit(3)'),
    null,
  )
  assert.equal(refusedByWorkers(['--expose-gc', '--title=x', '--no-warnings'], ''), '--expose-gc, --title=x')
  assert.match(refusedByWorkers([], '--nonsense') ?? '', /--nonsense/)
  assert.equal(process.getActiveResourcesInfo().length, before)
})
