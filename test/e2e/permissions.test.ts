import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { ask, Project } from '../support/project.ts'
import { tempDir, writeFiles } from '../support/temp-dir.ts'

/** Tries what its address asks for, and says how that went. */
const TRIES = `import fs from 'node:fs'
import { execFileSync } from 'node:child_process'
import { Worker } from 'node:worker_threads'
import helper from 'helper'
const acts = {
  read: (path) => fs.readFileSync(path, 'utf8'),
  write: (path) => { fs.mkdirSync(path, { recursive: true }); fs.writeFileSync(path + '/file', '') },
  child: () => void execFileSync(process.execPath, ['--version']),
  thread: () => new Worker('', { eval: true }).terminate(),
  later: (path) => void setTimeout(() => acts.read(path)),
}
export default { fetch: (request) => {
  const { pathname, searchParams } = new URL(request.url)
  try { return new Response(acts[pathname.slice(1)](searchParams.get('path')) ?? helper) } catch (error) { return new Response(error.code) }
} }`

type Isolation = 'thread' | 'process'

function project(t: TestContext, permissions: unknown, isolation: Isolation = 'thread') {
  const outside = tempDir(t)
  writeFiles(outside, { 'granted/file': 'granted', 'denied/file': 'denied' })
  const read = [join(outside, 'granted')]
  const write = [join(outside, 'made')]
  const web = { path: 'web', isolation, permissions: { net: true, fs: { read, write }, ...(permissions as object) } }
  const file = { server: { port: 0 }, restart: { startAttempts: 1 }, services: { web } }
  const files = { 'web/index.mjs': TRIES, 'node_modules/helper/index.js': `module.exports = 'ok'` }
  return { outside, project: new Project(t, file, { files }) }
}

for (const isolation of ['thread', 'process'] as const) {
  test(`a ${isolation} with permissions has what is listed, and is denied the rest`, async (t) => {
    const { outside, project: shop } = project(t, { child: true }, isolation)
    const running = await shop.start()
    const url = await running.url()
    const outcome = async (act: string, path = '') => (await ask(`${url}/${act}?path=${encodeURIComponent(join(outside, path))}`)).body
    assert.equal(await outcome('read', 'granted/file'), 'granted')
    assert.equal(await outcome('read', 'denied/file'), 'ERR_ACCESS_DENIED')
    assert.equal(await outcome('write', 'made'), 'ok')
    assert.equal(await outcome('write', 'granted'), 'ERR_ACCESS_DENIED')
    assert.equal(await outcome('child'), 'ok')
    assert.equal(await outcome('thread'), 'ERR_ACCESS_DENIED')
    assert.ok(existsSync(join(outside, 'made/file')))
    if (isolation === 'thread') await running.cli.waitFor(`Cannot keep a thread from reading ${shop.root}`)
  })

  test(`a denial that ends a ${isolation} names the key that would grant it`, async (t) => {
    const { outside, project: shop } = project(t, {}, isolation)
    const running = await shop.start()
    await ask(`${await running.url()}/later?path=${encodeURIComponent(join(outside, 'denied/file'))}`)
    await running.cli.waitFor(
      /Cannot read \S+denied\/file: denied to .{0,1}"web.{0,1}"; add the path to services\.web\.permissions\.fs\.read/,
    )
  })
}

test('a denial while loading ends the start, and names the key', async (t) => {
  const { outside, project: shop } = project(t, {})
  shop.write({ 'web/index.mjs': `import fs from 'node:fs'; fs.readFileSync(${JSON.stringify(join(outside, 'denied/file'))})` })
  const { code, stderr } = await shop.run('start')
  assert.equal(code, 1)
  assert.match(stderr, /services\.web\.permissions\.fs\.read/)
  assert.match(stderr, /MESHRT_PERMISSION_DENIED/)
})
