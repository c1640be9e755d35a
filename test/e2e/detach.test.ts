import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import type { RuntimeView } from '../../src/model/view.ts'
import { checkDocument } from '../cli/documents.ts'
import { Background, gone, isThere, processesIn, guardianOf } from '../support/background.ts'
import { ask, Project, PUPPET } from '../support/project.ts'

const IS_LINUX = process.platform === 'linux'
const ONE = { entrypoint: 'web', server: { port: 0 }, services: { web: { path: PUPPET, config: { text: 'hi' } } } }

function withService(web: object, more: object = {}): object {
  return { ...ONE, ...more, services: { web: { path: PUPPET, ...web } } }
}

test('start -d --wait --json returns when everything is ready; stop returns when runtime and guardian are gone', async (t) => {
  const project = new Project(t, ONE)
  const background = new Background(t, project)
  const { code, stdout, stderr } = await project.run('start', '-d', '--wait', '--json')
  assert.equal(code, 0, stderr)
  checkDocument(stdout, 'meshrt.start/v1')
  const started = JSON.parse(stdout) as { schema: string; log: string; stderr: string } & Pick<RuntimeView, 'runtime'>
  background.note(started)
  const { runtime } = started
  assert.equal(started.schema, 'meshrt.start/v1')
  assert.equal(runtime.state, 'running')
  assert.ok(runtime.guardianPid !== null && runtime.guardianPid !== runtime.pid)
  assert.equal((await ask(runtime.url ?? '')).status, 200)
  assert.deepEqual((await background.ps()).runtime, runtime)
  assert.match(readFileSync(started.log, 'utf8'), /"event":"runtime.started"/)
  assert.match(readFileSync(started.stderr, 'utf8'), /is running \(start\)/)
  assert.equal(statSync(started.log).mode & 0o777, 0o600)
  assert.equal(dirname(started.log), dirname(started.stderr))

  const stop = await project.run('stop')
  assert.equal(stop.code, 0, stop.stderr)
  assert.deepEqual([isThere(runtime.pid), isThere(runtime.guardianPid)], [false, false])
  assert.deepEqual(
    readdirSync(project.socketDir).filter((name) => !/\.(?:log|stderr)$/.test(name)),
    [],
  )
})

test('start -d without --wait returns while the services still start, and a second one exits 6 with pid and age', async (t) => {
  const project = new Project(t, withService({ config: { neverReady: true } }))
  const background = new Background(t, project)
  const first = await project.run('start', '-d')
  assert.equal(first.code, 0, first.stderr)
  assert.match(first.stdout, /is starting in the background: process \d+, guardian \d+/)
  const { runtime } = await background.ps()
  assert.equal(runtime.state, 'starting')
  const second = await project.run('start', '-d')
  assert.equal(second.code, 6)
  assert.match(second.stderr, new RegExp(`already running as process ${runtime.pid}, for \\d+s \\[MESHRT_ALREADY_RUNNING\\]`))
})

test('the log goes where the runtime file says', async (t) => {
  const project = new Project(t, { ...ONE, logger: { file: 'logs/own.log' } })
  const background = new Background(t, project)
  await background.start()
  assert.match(readFileSync(join(project.root, 'logs/own.log'), 'utf8'), /"event":"runtime.started"/)
})

test('nothing of the starter is kept: guardian and runtime have sessions of their own', { skip: !IS_LINUX }, async (t) => {
  const background = new Background(t, new Project(t, ONE))
  const { runtime } = await background.start()
  const session = (pid: number): number =>
    Number(
      readFileSync(`/proc/${pid}/stat`, 'latin1')
        .replace(/^.*\) /s, '')
        .split(' ')[3],
    )
  assert.equal(session(guardianOf({ runtime })), runtime.guardianPid)
  assert.equal(session(runtime.pid), runtime.pid)
})

test('a port in use is told by start -d, and nothing is left', async (t) => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.after(() => taken.close())
  const { port } = taken.address() as AddressInfo
  const project = new Project(t, { ...ONE, server: { port } })
  const { code, stderr } = await project.run('start', '-d')
  assert.equal(code, 1)
  assert.match(stderr, new RegExp(`Cannot listen on 127.0.0.1:${port}: the port is in use \\[MESHRT_PORT_IN_USE\\]`))
  if (IS_LINUX) assert.deepEqual(processesIn(dirname(project.socketDir)), [])
  const { runtime } = await new Background(t, project).start('--port', '0')
  assert.equal((await ask(runtime.url ?? '')).status, 200, 'another port can be typed')
})

test('a broken runtime file exits 78, and with --json the error is the document', async (t) => {
  const project = new Project(t, 'services: [\n')
  assert.equal((await project.run('start', '-d')).code, 78)
  const { code, stdout } = await project.run('start', '-d', '--json')
  assert.deepEqual([code, (JSON.parse(stdout) as { code: string }).code], [78, 'MESHRT_CONFIG_INVALID'])
})

test('start -d --wait fails with the error of the service, and nothing is left', async (t) => {
  const restart = { delay: '1ms', startAttempts: 2 }
  const project = new Project(t, withService({ config: { failAtLoad: 'no luck' }, restart }))
  const { code, stderr } = await project.run('start', '-d', '--wait')
  assert.equal(code, 1)
  assert.match(stderr, /puppet told to fail at load: no luck/)
  if (IS_LINUX) assert.deepEqual(processesIn(dirname(project.socketDir)), [])
})

test('a service that fails and is held ends the wait with 1, and the rest keeps running', async (t) => {
  const held = { path: PUPPET, onFailed: 'hold', restart: { delay: '1ms', startAttempts: 2 }, config: { failAtLoad: 'no luck' } }
  const project = new Project(t, { ...ONE, services: { ...ONE.services, held } })
  const background = new Background(t, project)
  const { code, stderr } = await project.run('start', '-d', '--wait')
  const view = await background.ps()
  assert.equal(code, 1)
  assert.match(stderr, /"held" has failed; the rest keeps running \[MESHRT_SERVICE_FAILED\][^]*no luck/)
  assert.equal(view.services.find(({ id }) => id === 'web')?.state, 'running')
})

test('--wait-timeout exits 5 and says what blocks, and the runtime goes on', async (t) => {
  const project = new Project(t, withService({ config: { neverReady: true } }))
  const background = new Background(t, project)
  const { code, stderr } = await project.run('start', '-d', '--wait', '--wait-timeout', '4s')
  assert.equal((await background.ps()).runtime.state, 'starting')
  assert.equal(code, 5, stderr)
  assert.match(stderr, /until everything is ready, the runtime goes on: 1 service is not ready: web \(starting\) \[MESHRT_TIMEOUT\]/)
})

test('start --wait in the foreground gives up with what blocks, and stops everything', async (t) => {
  const slow = { path: PUPPET, config: { neverReady: true } }
  const project = new Project(t, { ...ONE, services: { ...ONE.services, slow } })
  const { code, stderr } = await project.run('start', '--wait', '--wait-timeout', '3s')
  assert.equal(code, 5, stderr)
  assert.match(stderr, /Cannot wait longer than 3.0 s: \d services? (?:is|are) not ready: .*slow \(starting\) \[MESHRT_TIMEOUT\]/)
  assert.deepEqual(readdirSync(project.socketDir), [])
})

test('a log folder that cannot be written to is an error before anything starts', async (t) => {
  const project = new Project(t, ONE)
  const file = join(project.root, 'plain-file')
  writeFileSync(file, '')
  const blocked = new Project(t, ONE, { env: { XDG_STATE_HOME: file } })
  const { code, stderr } = await blocked.run('start', '-d')
  assert.equal(code, 1)
  assert.match(stderr, /MESHRT_LOG_UNWRITABLE/)
  assert.ok(!existsSync(blocked.socketDir))
  const foreground = new Project(t, { ...ONE, logger: { file: join(file, 'x.log') } })
  assert.match((await foreground.run('start')).stderr, /MESHRT_LOG_UNWRITABLE/)
})

test('flags that do not fit are usage errors', async (t) => {
  const project = new Project(t, ONE)
  assert.equal((await project.run('start', '--wait', '--guardian')).code, 2)
  assert.equal((await project.run('start', '-p', '65536')).code, 2)
  const portless = new Project(t, { ...ONE, entrypoint: 'none' })
  const { code, stderr } = await portless.run('start', '-p', '8080')
  assert.equal(code, 2)
  assert.match(stderr, /Cannot listen on port 8080: .* has no entrypoint/)
  assert.equal((await project.run('start', '-d', '--wait-timeout', 'soon')).code, 2)
})

test('of several start -d at once exactly one runs, the others exit 6', async (t) => {
  const project = new Project(t, ONE)
  const background = new Background(t, project)
  const ended = await Promise.all(Array.from({ length: 8 }, () => project.launch('start', '-d', '--wait').ended(100_000)))
  const view = await background.ps()
  assert.deepEqual(
    ended.map(({ code }) => code ?? -1).sort((a, b) => a - b),
    [0, ...Array.from({ length: 7 }, () => 6)],
    ended.map(({ stderr }) => stderr).join('\n'),
  )
  if (IS_LINUX) {
    const left = new Set(processesIn(dirname(project.socketDir)))
    assert.deepEqual(left, new Set([view.runtime.pid, guardianOf(view)]))
  }
  assert.equal((await project.run('stop')).code, 0)
  await gone(guardianOf(view))
})
