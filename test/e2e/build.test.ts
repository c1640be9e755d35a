import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { Project } from '../support/project.ts'

const BUILD = `echo "building $WHAT" && mkdir -p dist && echo "export default { fetch: () => new Response('$WHAT') }" > dist/index.mjs`

function project(t: TestContext, web: object = {}): Project {
  const file = {
    server: { port: 0 },
    entrypoint: 'web',
    services: {
      web: { path: 'web', entry: 'dist/index.mjs', dependsOn: ['auth'], env: { WHAT: 'web' }, build: BUILD, ...web },
      auth: { path: 'auth', entry: 'dist/index.mjs', env: { WHAT: 'auth' }, build: BUILD },
      db: { path: 'db' },
    },
  }
  return new Project(t, file, { files: { 'web/x': '', 'auth/x': '', 'db/index.mjs': 'export default () => {}' } })
}

test('build runs the commands in the order of dependsOn, in the folders and with the environment of the services', async (t) => {
  const shop = project(t)
  const before = await shop.run('config', '--check')
  assert.equal(before.code, 78)
  assert.match(before.stderr, /Run `meshrt build`/)
  const { code, stdout, stderr } = await shop.run('build')
  assert.equal(code, 0, stderr)
  assert.equal(stdout, 'auth │ building auth\nweb │ building web\n')
  assert.match(stderr, /Built auth in .*\nBuilt web in /)
  assert.match(readFileSync(join(shop.root, 'web/dist/index.mjs'), 'utf8'), /'web'/)
  assert.equal((await shop.run('config', '--check')).code, 0)
})

test('build of named services builds those, and says which have nothing to build', async (t) => {
  const shop = project(t)
  const { code, stdout } = await shop.run('build', 'db', 'auth')
  assert.equal(code, 0)
  assert.match(stdout, /^auth │ building auth\ndb has nothing to build/)
  assert.equal(existsSync(join(shop.root, 'web/dist')), false)
})

test('build --json prints one document, and what the commands write to stderr', async (t) => {
  const { stdout, stderr } = await project(t).run('build', '--json')
  const document = JSON.parse(stdout) as { schema: string; built: readonly { service: string }[]; skipped: unknown }
  assert.equal(document.schema, 'meshrt.build/v1')
  assert.deepEqual([document.built.map(({ service }) => service), document.skipped], [['auth', 'web'], ['db']])
  assert.match(stderr, /auth │ building auth/)
})

test('build stops at the first command that fails, with exit 1 and its exit code', async (t) => {
  const shop = project(t, { dependsOn: [], build: 'echo no compiler >&2; exit 7' })
  const { code, stderr } = await shop.run('build')
  assert.equal(code, 1)
  assert.match(stderr, /web │ no compiler[^]*Cannot build "web": .*ended with exit code 7 \[MESHRT_BUILD_FAILED\]/)
  assert.equal(existsSync(join(shop.root, 'auth/dist')), false)
})

test('a signal ends the build with everything that it has started', async (t) => {
  const shop = project(t, { dependsOn: [], build: 'sleep 600 & echo "child $!"; wait' })
  const running = shop.launch('build', 'web')
  await running.waitFor(/child \d+\n/)
  const child = Number(/child (\d+)/.exec(running.output)?.[1])
  assert.ok(isAlive(child))
  running.kill('SIGINT')
  assert.equal((await running.ended()).code, 130)
  assert.equal(isAlive(child), false)
})

/** A process that has ended and was not waited for yet is none. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

test('build of an unknown service says what was probably meant, with exit 2', async (t) => {
  const { code, stderr } = await project(t).run('build', 'wb')
  assert.equal(code, 2)
  assert.match(stderr, /Did you mean "web"\?/)
})
