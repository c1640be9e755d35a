import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { checkDocument } from '../cli/documents.ts'
import { Project, PUPPET } from '../support/project.ts'

const services = { gateway: { path: PUPPET, workers: 2 }, auth: { path: PUPPET } }
const shop = { name: 'shop', entrypoint: 'gateway', server: { port: 0 }, services }
const QUIET = { 'quiet/index.mjs': 'setInterval(() => {}, 1000)' }

test('smoke boots, asks every service once, stops, and ends with 0', async (t) => {
  const project = new Project(t, { ...shop, services: { ...services, quiet: { path: './quiet' } } }, { files: QUIET })
  const ended = await project.run('smoke')
  assert.equal(ended.code, 0, ended.stderr + ended.stdout)
  const rows = ended.stdout
    .trim()
    .split('\n')
    .map((line) => line.split(/ +/).slice(0, 6).join(' '))
  assert.deepEqual(rows, [
    'SERVICE RESULT VIA METHOD PATH STATUS',
    'gateway ok mesh GET / 200',
    'auth ok mesh GET / 200',
    'quiet ok - - - -',
    'gateway ok entrypoint GET / 200',
  ])
  assert.equal((await project.run('ps')).code, 3)
})

test('smoke makes the checks of the file in their order, reports them as JSON and for JUnit, and ends with 1 when one fails', async (t) => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.after(() => taken.close())
  const smoke = [
    { path: '/identity', expect: { json: { service: 'gateway' } } },
    { service: 'auth', method: 'POST', path: '/work?id=7', body: { order: 1 }, expect: { status: 200, json: { id: '7', bodyBytes: 11 } } },
    { service: 'auth', path: '/nothing', expect: { status: 404, contains: 'no route' } },
    { service: 'auth', path: '/<&">' },
  ]
  const project = new Project(t, {
    ...shop,
    server: { port: (taken.address() as AddressInfo).port },
    smoke,
  })
  const ended = await project.run('smoke', '--port', '0', '--json', '--junit', 'report.xml')
  assert.equal(ended.code, 1, ended.stderr + ended.stdout)
  checkDocument(ended.stdout, 'meshrt.smoke/v1')
  const document = JSON.parse(ended.stdout) as { schema: string; ok: boolean; checks: Record<string, unknown>[] }
  assert.deepEqual([document.schema, document.ok], ['meshrt.smoke/v1', false])
  assert.deepEqual(
    document.checks.map(({ service, via, ok, status }) => [service, via, ok, status]),
    [
      ['gateway', 'entrypoint', true, 200],
      ['auth', 'mesh', true, 200],
      ['auth', 'mesh', true, 404],
      ['auth', 'mesh', false, 404],
    ],
  )
  const report = readFileSync(join(project.root, 'report.xml'), 'utf8')
  assert.match(report, /<testsuite name="shop smoke" tests="4" failures="1" errors="0" /)
  assert.match(
    report,
    /<testcase name="auth: GET \/&lt;&amp;&quot;&gt; via mesh" classname="shop.auth" time="0\.\d{3}">\n +<failure message="status 404,/,
  )
})

test('smoke ends with 1 when a service answers with an error, and names it', async (t) => {
  const broken = { ...services, auth: { path: PUPPET, config: { status: 500 } } }
  const ended = await new Project(t, { ...shop, services: broken }).run('smoke')
  assert.equal(ended.code, 1, ended.stderr + ended.stdout)
  assert.match(ended.stdout, /^auth\b.*\b500\b/m)
  assert.ok(ended.stderr.includes('MESHRT_SMOKE_FAILED'), ended.stderr)
})

test('smoke ends with 1 when a service does not start, and the report says why', async (t) => {
  const broken = { ...services, auth: { path: PUPPET, config: { failAtLoad: 'no key' }, restart: { startAttempts: 1 } } }
  const project = new Project(t, { ...shop, services: broken })
  const ended = await project.run('smoke', '--junit', 'report.xml')
  assert.equal(ended.code, 1, ended.stderr + ended.stdout)
  assert.match(ended.stderr, /"auth" has failed \[MESHRT_SERVICE_FAILED\][^]*no key/)
  const report = readFileSync(join(project.root, 'report.xml'), 'utf8')
  assert.match(report, / tests="1" failures="0" errors="1" [^]*<error message="[^"]*MESHRT_SERVICE_FAILED[^]*no key/)
})

test('smoke ends with 5 when not everything is ready in time, and says what blocks', async (t) => {
  const slow = { ...services, auth: { path: PUPPET, config: { neverReady: true } } }
  const ended = await new Project(t, { ...shop, services: slow }).run('smoke', '--wait-timeout', '3s')
  assert.equal(ended.code, 5, ended.stderr)
  assert.match(ended.stderr, /not ready: .*auth \(starting\) \[MESHRT_TIMEOUT\]/)
})

test('smoke of a broken file ends with 78, a report that cannot be written with 1, before anything starts', async (t) => {
  assert.equal((await new Project(t, 'services: 7\n').run('smoke')).code, 78)
  const ended = await new Project(t, shop).run('smoke', '--junit', 'no/such/folder.xml')
  assert.equal(ended.code, 1)
  assert.match(ended.stderr, /MESHRT_REPORT_UNWRITABLE/)
  assert.doesNotMatch(ended.stderr, /worker.launched/)
})

test('smoke that is interrupted says so in its document and its report, and ends as a shell tells it', async (t) => {
  const slow = { ...services, auth: { path: PUPPET, config: { neverReady: true } } }
  const project = new Project(t, { ...shop, services: slow })
  const smoke = project.launch('smoke', '--json', '--junit', 'report.xml')
  await smoke.waitFor(/worker\.ready/)
  smoke.kill('SIGTERM')
  const { code, stdout, stderr } = await smoke.ended()
  assert.equal(code, 143, stderr)
  checkDocument(stdout, 'meshrt.smoke/v1')
  assert.deepEqual(JSON.parse(stdout), { schema: 'meshrt.smoke/v1', ok: false, checks: [], interruptedBy: 'SIGTERM' })
  const report = readFileSync(join(project.root, 'report.xml'), 'utf8')
  assert.match(report, / tests="1" failures="0" errors="1" [^]*<error message="Interrupted by SIGTERM before it was done\.">/)
})
