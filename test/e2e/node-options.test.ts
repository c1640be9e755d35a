import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, Project } from '../support/project.ts'

const SHOWS = `export default { fetch: () => Response.json({
  argv: process.argv.slice(2), execArgv: process.execArgv, options: process.env.NODE_OPTIONS, deprecation: process.noDeprecation === true,
  agent: globalThis.agent }) }`
/** `src/bill.ts:7`, compiled to line 2 of one file. */
const MAP = { version: 3, file: 'bill.js', sources: ['src/bill.ts'], sourcesContent: [''], names: [], mappings: ';AAMA' }
const COMPILED = `export const bill = () => {
throw new Error('unpaid') }
//# sourceMappingURL=bill.js.map`

test('argv, execArgv, nodeOptions and preload reach the workers', async (t) => {
  const project = new Project(
    t,
    {
      server: { port: 0 },
      services: {
        web: {
          path: 'web',
          argv: ['--verbose', 'x y'],
          execArgv: ['--no-warnings'],
          nodeOptions: '--no-deprecation',
          preload: ['./agent.cjs'],
        },
      },
    },
    { files: { 'web/index.mjs': SHOWS, 'web/agent.cjs': `globalThis.agent = typeof fetch('http://web.plt.local/').then` } },
  )
  const running = await project.start()
  assert.deepEqual((await ask(await running.url())).body, {
    argv: ['--verbose', 'x y'],
    execArgv: ['--no-warnings'],
    options: '--no-deprecation',
    deprecation: true,
    agent: 'function',
  })
})

test('with sourceMaps the stack trace of a compiled service points to its sources', async (t) => {
  const project = new Project(
    t,
    { server: { port: 0 }, services: { web: { path: 'web', sourceMaps: true } } },
    {
      files: {
        'web/index.mjs': `import { bill } from './bill.js'
export default { fetch: () => { try { bill() } catch (error) { return new Response(error.stack) } } }`,
        'web/bill.js': COMPILED,
        'web/package.json': '{"type":"module"}',
        'web/bill.js.map': JSON.stringify(MAP),
      },
    },
  )
  const running = await project.start()
  assert.match(String((await ask(await running.url())).body), /web\/src\/bill\.ts:7/)
})

test('an option that a thread cannot have ends the start with its place', async (t) => {
  const file = 'services:\n  web:\n    path: web\n    execArgv: [--expose-gc]\n'
  const { code, stderr } = await new Project(t, file, { files: { 'web/index.mjs': SHOWS } }).run('start')
  assert.equal(code, 78)
  assert.match(stderr, /meshrt\.yaml:4:5[^]*--expose-gc[^]*isolation: process/)
})
