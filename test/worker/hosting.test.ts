import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test, type TestContext } from 'node:test'
import { NOTHING_CUT } from '../../src/model/cut.ts'
import { servicePath, Thread, type ThreadOptions } from './support/thread.ts'

const folder = await mkdtemp(join(tmpdir(), 'meshrt-hosting-'))
after(() => rm(folder, { recursive: true }))

function host(t: TestContext, name: string, options?: ThreadOptions): Thread {
  const thread = new Thread(name.startsWith('/') ? name : servicePath(name), options)
  t.after(() => thread.terminate())
  return thread
}

const SERVERS = [
  ['an Express application in TypeScript', 'express.ts', '{"framework":"express"}'],
  ['a Hono application', 'hono.ts', '{"framework":"hono"}'],
  ['an object with fetch() from a build export', 'fetch.js', 'from fetch'],
  ['a CommonJS module that calls listen()', 'bare-http.cjs', 'bare /'],
  ['a request handler', 'handler.cjs', 'handler'],
  ['an http.Server from a default factory', 'server.js', 'server'],
  ['a module that listens at its top level', 'top-level-await.js', 'awaited'],
  ['a module that listens a little after it has loaded', 'listens-late.js', 'late'],
  ['CommonJS compiled from an ES module', 'compiled.cjs', 'compiled'],
] as const

for (const [what, file, answer] of SERVERS) {
  test(`a worker hosts ${what}`, async (t) => {
    const thread = host(t, file)
    assert.deepEqual(await thread.start(), { kind: 'server', address: null, warnings: [] })
    const response = await thread.fetch('/')
    assert.equal(await response.text(), answer)
  })
}

test('a worker hosts Fastify with its context, body parsing and onListen hooks', async (t) => {
  const thread = host(t, 'fastify.js', { config: { a: 1 }, slot: 2 })
  await thread.start()
  const response = await thread.fetch('/')
  assert.deepEqual(await response.json(), { service: 'svc', slot: 2, mode: 'start', config: { a: 1 }, domain: '.plt.local' })
  const echo = await thread.fetch('/echo', { method: 'POST', body: '{"b":2}' })
  assert.deepEqual(await echo.json(), { b: 2 })
  assert.match(thread.stdout, /"some":"field","msg":"created".*\n.*onListen ran/s)
})

test('a worker answers 500 when fetch() throws, and lives', async (t) => {
  const thread = host(t, 'fetch.js')
  await thread.start()
  const failed = await thread.fetch('/throws')
  assert.equal(failed.status, 500)
  const next = await thread.fetch('/')
  assert.equal(next.status, 200)
})

test('a captured server believes that it listens where it asked to', async (t) => {
  const thread = host(t, 'bare-http.cjs')
  await thread.start()
  await thread.stop()
  await thread.exited
  assert.equal(thread.stdout, 'listening {"address":"::","family":"IPv6","port":3999} true\n')
})

test('a second server is passed through with a warning, and refused on the port of the first', async (t) => {
  const thread = host(t, 'second-listener.js')
  const { warnings } = await thread.start()
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? '', /listens by itself on 127\.0\.0\.1:0/)
  const first = await thread.fetch('/')
  assert.equal(await first.text(), 'first')
  assert.match(thread.stdout, /refused MESHRT_SECOND_LISTENER true/)
  const port = /metrics (\d+)/.exec(thread.stdout)?.[1]
  const metrics = await fetch(`http://127.0.0.1:${port}/`)
  assert.equal(await metrics.text(), 'metrics')
  assert.match(thread.stdout, /raw \d+/)
})

test('a factory wins over a captured listen()', async (t) => {
  const thread = host(t, 'factory-and-listen.js')
  const { warnings } = await thread.start()
  const response = await thread.fetch('/')
  assert.equal(await response.text(), 'factory')
  assert.match(warnings.join(), /port 3998\) is not hosted/)
})

test('a module without a server is a background service, unless it is the entrypoint', async (t) => {
  const background = host(t, 'background.js')
  const factory = host(t, 'background-factory.js')
  const entrypoint = host(t, 'nothing.js', { ingress: { kind: 'address', hostname: '127.0.0.1', port: 0 } })
  const [first, second] = await Promise.all([
    background.start(),
    factory.start(),
    assert.rejects(entrypoint.start(), { code: 'MESHRT_ENTRY_NO_SERVER' }),
  ])
  assert.deepEqual([first.kind, second.kind], ['background', 'background'])
})

test('an entrypoint that waits for something that cannot come any more is told so at once', async (t) => {
  const thread = host(t, 'waits-forever.js', { ingress: { kind: 'address', hostname: '127.0.0.1', port: 0 } })
  await assert.rejects(thread.start(), { code: 'MESHRT_ENTRY_NO_SERVER' })
})

test('an unusable export is named', async (t) => {
  const thread = host(t, 'number.js')
  await assert.rejects(thread.start(), { code: 'MESHRT_ENTRY_UNUSABLE', message: /number\.js: its default export is the number 42/ })
})

test('an error at load time keeps its message and code, and the output before it', async (t) => {
  const thread = host(t, 'throws.js')
  await assert.rejects(thread.start(), { message: 'no database', code: 'E_NO_DB' })
  await thread.terminate()
  assert.equal(thread.stderr, 'about to throw\n')
})

test('a missing entry is an error that names it', async (t) => {
  const thread = host(t, join(folder, 'missing.js'))
  await assert.rejects(thread.start(), { code: 'ERR_MODULE_NOT_FOUND', message: /missing\.js/ })
})

test('TypeScript that cannot be stripped fails with its code, and loads with tsx', async (t) => {
  const entry = join(folder, 'enum.ts')
  await writeFile(entry, `enum Colour { Red = 'red' }\nexport default (_: unknown, response: any) => response.end(Colour.Red)\n`)
  const native = host(t, entry)
  await assert.rejects(native.start(), { code: 'ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX' })
  const withTsx = host(t, entry, { execArgv: ['--import', import.meta.resolve('tsx')] })
  await withTsx.start()
  const response = await withTsx.fetch('/')
  assert.equal(await response.text(), 'red')
})

test('a worker reports the files of the service, packages left out', async (t) => {
  const thread = host(t, 'loads-files.cjs', { reportFiles: true })
  await thread.start()
  await thread.filesReported
  assert.deepEqual(
    thread.files.filter((file) => !file.includes('/support/')).toSorted(),
    ['helper.cjs', 'helper.js', 'loads-files.cjs'].map(servicePath),
  )
})

test('a worker says how much heap it uses and how late its timers are', async (t) => {
  const thread = host(t, 'handler.cjs')
  await thread.start()
  const { heapUsedBytes, loopDelayMs } = await thread.health()
  assert.ok(heapUsedBytes > 1_000_000)
  assert.ok(loopDelayMs >= 0)
})

test('process.chdir() moves what a module sees of its working folder, and nothing of the process', async (t) => {
  const before = process.cwd()
  const thread = host(t, 'chdir.cjs', { type: 'background' })
  const { warnings } = await thread.start()
  await thread.stop()
  await thread.exited
  const folder = dirname(servicePath('chdir.cjs'))
  assert.deepEqual(JSON.parse(thread.stdout), {
    before,
    missing: 'ENOENT',
    file: 'ENOTDIR',
    absolute: [folder, join(folder, 'x')],
    relative: dirname(folder),
  })
  assert.equal(process.cwd(), before)
  assert.equal(warnings.length, 1)
  assert.match(warnings[0] ?? '', /relative paths given to fs still start at/)
})

test('a native add-on that refuses threads is told from other failures', async (t) => {
  const thread = host(t, 'addon.cjs')
  await assert.rejects(thread.start(), {
    code: 'MESHRT_ADDON_REFUSES_THREAD',
    message: /addon\.cjs in a worker thread.*did not self-register/,
  })
})

/** What it writes comes by another way than its answers, and may be later. */
async function portOf(thread: ReturnType<typeof host>): Promise<number> {
  while (!/port \d+\n/.test(thread.stdout)) await thread.health()
  return Number(/port (\d+)/.exec(thread.stdout)?.[1])
}

test('a server with `listen: passthrough` has the port that it asked for, and is reached through the mesh as well', async (t) => {
  const thread = host(t, 'own-port.js', { listen: 'passthrough' })
  assert.deepEqual(await thread.start(), { kind: 'server', address: null, warnings: [] })
  const port = await portOf(thread)
  const [own, mesh] = await Promise.all([fetch(`http://127.0.0.1:${port}/`), thread.fetch('/')])
  assert.deepEqual([await own.text(), await mesh.text()], ['own port', 'own port'])
})

test('a server with a port of its own finishes what came there before it ends, and takes nothing more', async (t) => {
  const thread = host(t, 'own-port.js', { listen: 'passthrough' })
  await thread.start()
  const port = await portOf(thread)
  const slow = fetch(`http://127.0.0.1:${port}/slow`)
  while (thread.row.inFlight === 0) await thread.health()
  const drained = thread.drain()
  const answer = await slow
  assert.equal(await answer.text(), 'slow')
  assert.equal(answer.headers.get('connection'), 'close')
  assert.deepEqual(await drained, { cut: NOTHING_CUT })
  await assert.rejects(fetch(`http://127.0.0.1:${port}/`))
  await thread.stop()
  assert.equal(await thread.exited, 0)
})

test('what is exported has no port of its own, whatever `listen` says', async (t) => {
  const thread = host(t, 'server.js', { listen: 'passthrough' })
  await thread.start()
  const response = await thread.fetch('/')
  assert.equal(await response.text(), 'server')
})
