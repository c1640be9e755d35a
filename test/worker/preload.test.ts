import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { tempDir, writeFiles, type Files } from '../support/temp-dir.ts'
import { Thread, type ThreadOptions } from './support/thread.ts'

function host(t: TestContext, files: Files, options: (at: (path: string) => string) => ThreadOptions): Thread {
  const root = tempDir(t)
  writeFiles(root, { ...files })
  const at = (path: string): string => join(root, path)
  const thread = new Thread(at('svc/index.mjs'), options(at))
  t.after(() => thread.terminate())
  return thread
}

const note = (name: string): string => `(globalThis.loaded ??= []).push(${JSON.stringify(name)})\n`

const SERVICE = { 'svc/index.mjs': `${note('entry')}export default { fetch: () => Response.json(globalThis.loaded) }` }

test('preload loads files and packages, of both module kinds, in order and before the entry', async (t) => {
  const files = {
    ...SERVICE,
    'svc/one.mjs': note('esm file'),
    'svc/two.cjs': note('cjs file'),
    'svc/three.ts': `const name: string = 'typescript'\n;(globalThis as any).loaded.push(name)`,
    'node_modules/agent/package.json': JSON.stringify({ exports: { './register': { import: './esm.mjs', require: './cjs.cjs' } } }),
    'node_modules/agent/esm.mjs': note('package'),
    'node_modules/agent/cjs.cjs': note('wrong condition'),
  }
  const thread = host(t, files, (at) => ({
    preload: [at('svc/one.mjs'), at('svc/two.cjs'), at('svc/three.ts'), 'agent/register', 'node:http'],
  }))
  await thread.start()
  const response = await thread.fetch('/')
  assert.deepEqual(await response.json(), ['esm file', 'cjs file', 'typescript', 'package', 'entry'])
})

test('a package to preload that the service cannot see keeps it from starting, and is named', async (t) => {
  const thread = host(t, SERVICE, () => ({ preload: ['no-such-agent'] }))
  await assert.rejects(thread.start(), { code: 'ERR_MODULE_NOT_FOUND', message: /no-such-agent.*svc/ })
})

test('what a preloaded module throws keeps the service from starting', async (t) => {
  const thread = host(t, { ...SERVICE, 'svc/fails.mjs': `throw new Error('no agent')` }, (at) => ({ preload: [at('svc/fails.mjs')] }))
  await assert.rejects(thread.start(), { message: 'no agent' })
})
