import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'
import { resolve } from 'node:path'
import { tempDir } from '../support/temp-dir.ts'

/** Node enables a cache for the whole process, and for good. */
function inProcess(script: string, env: NodeJS.ProcessEnv = {}): unknown {
  const { NODE_COMPILE_CACHE: _cache, NODE_V8_COVERAGE: _coverage, ...rest } = process.env
  const own = pathToFileURL(resolve('src/pool/compile-cache.ts')).href
  const code = `import module from 'node:module'; import { compileCacheOf } from ${JSON.stringify(own)}; ${script}`
  const stdout = execFileSync(process.execPath, ['--input-type=module', '-e', code], { env: { ...rest, ...env }, encoding: 'utf8' })
  return JSON.parse(stdout)
}

const ASK = `console.log(JSON.stringify([
  compileCacheOf({ permissions: null }, {}),
  compileCacheOf({ permissions: null }, { NODE_COMPILE_CACHE: '/own' }),
  compileCacheOf({ permissions: null }, { NODE_DISABLE_COMPILE_CACHE: '1' }),
  compileCacheOf({ permissions: { fs: { read: [], write: [] } } }, {}),
]))`

test('compileCacheOf names the place of this process, unless the service has another, wants none or may not read it', (t) => {
  const dir = tempDir(t)
  assert.deepEqual(inProcess(`module.enableCompileCache(${JSON.stringify(dir)}); ${ASK}`), [{ NODE_COMPILE_CACHE: dir }, {}, {}, {}])
})

test('compileCacheOf names nothing where this process has no cache', () => {
  assert.deepEqual(inProcess(ASK), [{}, {}, {}, {}])
})
