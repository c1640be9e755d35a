import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { test, type TestContext } from 'node:test'
import type { RuntimeView } from '../../src/model/view.ts'
import { Background, gone, isThere, guardianOf } from '../support/background.ts'
import type { CliProcess } from '../support/cli.ts'
import { ask, Project, PUPPET } from '../support/project.ts'
import { until } from '../support/until.ts'

const IS_WINDOWS = process.platform === 'win32'
const TWO_WORKERS = { entrypoint: 'web', server: { port: 0 }, services: { web: { path: PUPPET, workers: 2 } } }
const ONE_WORKER = { ...TWO_WORKERS, services: { web: { path: PUPPET } } }

test('a killed runtime is back on the same port, and who connects meanwhile is answered and not refused', async (t) => {
  const project = new Project(t, ONE_WORKER)
  const background = new Background(t, project)
  const { runtime } = await background.start()
  process.kill(runtime.pid, 'SIGKILL')
  await gone(runtime.pid)
  const answers = Promise.all(Array.from({ length: 20 }, () => ask(runtime.url ?? '')))
  const rival = project.run('start')
  // `ps` waits for the next runtime.
  const after = await background.ps()
  assert.notEqual(after.runtime.pid, runtime.pid)
  assert.equal(after.runtime.guardianPid, runtime.guardianPid)
  assert.equal((await rival).code, 6, 'the lock is held all the time')
  assert.deepEqual(
    (await answers).map(({ status }) => status),
    Array.from({ length: 20 }, () => 200),
  )
  assert.equal((await background.ps()).runtime.url, runtime.url)
  const [rebooted] = await background.events('runtime.rebooted')
  assert.deepEqual({ ...rebooted, downMs: 0 }, { type: 'runtime.rebooted', number: 1, cause: 'SIGKILL', downMs: 0 })
  assert.equal((await project.run('stop')).code, 0)
  assert.equal(isThere(guardianOf({ runtime })), false)
})

test('after two reboots every slot still has its socket: all of many connections are answered', async (t) => {
  const project = new Project(t, TWO_WORKERS)
  const background = new Background(t, project)
  let view = await background.start()
  for (const signal of ['SIGABRT', 'SIGKILL'] as const) {
    process.kill(view.runtime.pid, signal)
    await gone(view.runtime.pid)
    assert.equal((await ask(view.runtime.url ?? '')).status, 200)
    view = await background.ps()
  }
  for (let n = 0; n < 50; n += 1) assert.equal((await ask(view.runtime.url ?? '')).status, 200)
})

test('a runtime whose file names fewer workers or another port by now starts as the file says', async (t) => {
  const project = new Project(t, TWO_WORKERS)
  const background = new Background(t, project)
  const { runtime } = await background.start()
  const port = new URL(runtime.url ?? '').port
  project.write({ 'meshrt.yaml': JSON.stringify({ ...TWO_WORKERS, server: { port: Number(port) }, services: { web: { path: PUPPET } } }) })
  process.kill(runtime.pid, 'SIGKILL')
  await gone(runtime.pid)
  // What had been queued for the worker that is no more is lost; everything after that goes to the one that is left.
  const second = await background.ps()
  for (let n = 0; n < 20; n += 1) assert.equal((await ask(runtime.url ?? '')).status, 200)
  project.write({ 'meshrt.yaml': JSON.stringify({ ...TWO_WORKERS, server: { hostname: '127.0.0.2', port: 0 } }) })
  process.kill(second.runtime.pid, 'SIGKILL')
  await gone(second.runtime.pid)
  await background.ps()
  await assert.rejects(ask(runtime.url ?? ''), { code: 'ECONNREFUSED' })
})

test('a killed guardian leaves the runtime serving, unguarded, with the lock its own', async (t) => {
  const project = new Project(t, ONE_WORKER)
  const background = new Background(t, project)
  const { runtime } = await background.start()
  process.kill(guardianOf({ runtime }), 'SIGKILL')
  await gone(guardianOf({ runtime }))
  assert.equal((await ask(runtime.url ?? '')).status, 200)
  const after = await background.ps()
  assert.deepEqual([after.runtime.pid, after.runtime.guardianPid], [runtime.pid, null])
  assert.deepEqual(await background.events('guardian.lost'), [{ type: 'guardian.lost', pid: runtime.guardianPid }])
  assert.equal((await project.run('start', '-d')).code, 6)
  assert.equal((await project.run('stop')).code, 0)
  assert.equal(isThere(runtime.pid), false)
})

test('when both are killed the next start works', async (t) => {
  const project = new Project(t, ONE_WORKER)
  const background = new Background(t, project)
  const { runtime } = await background.start()
  process.kill(guardianOf({ runtime }), 'SIGKILL')
  process.kill(runtime.pid, 'SIGKILL')
  await gone(runtime.pid)
  assert.equal((await project.run('ps')).code, 3)
  const next = await background.start()
  assert.notEqual(next.runtime.guardianPid, runtime.guardianPid)
})

/** By another process: what a thread sends to its own stays in it. */
const BAD = `import { execFileSync } from 'node:child_process'
setTimeout(() => execFileSync('kill', ['-9', String(process.pid)]), 200)
export default (q, r) => r.end()`

test('stop ends a guardian whose runtime dies over and over', async (t) => {
  const files = { 'bad/index.mjs': BAD }
  const project = new Project(t, { entrypoint: 'bad', server: { port: 0 }, services: { bad: { path: 'bad' } } }, { files })
  const background = new Background(t, project)
  const { code, stdout } = await project.run('start', '-d', '--json')
  assert.equal(code, 0, stdout)
  const started = JSON.parse(stdout) as { runtime: Awaited<ReturnType<Background['ps']>>['runtime']; stderr: string }
  background.note(started)
  await until('it was started again three times', () => readFileSync(started.stderr, 'utf8').includes('(reboot 3)'))
  const stop = await project.run('stop')
  assert.ok(stop.code === 0 || stop.code === 4, `${stop.code} ${stop.stderr}`)
  await gone(guardianOf(started))
})

test('a runtime with three threads that never end is recycled, and the next one can be stopped', { skip: IS_WINDOWS }, async (t) => {
  // The workers of the first process go into a system call that nobody ends.
  const stuck = `
    import { existsSync, readFileSync, writeFileSync } from 'node:fs'
    const first = new URL('first', import.meta.url)
    if (!existsSync(first)) writeFileSync(first, String(process.pid))
    if (readFileSync(first, 'utf8') === String(process.pid)) setTimeout(() => readFileSync(new URL('fifo', import.meta.url)), 1000)
    export default (request, response) => response.end()`
  const web = { path: 'stuck', workers: 3, restart: { delay: '1ms' }, health: { blockedAfter: '1s', interval: '200ms' } }
  const runtimeFile = { entrypoint: 'web', server: { port: 0 }, gracefulShutdown: { runtime: '1s' }, services: { web } }
  const project = new Project(t, runtimeFile, { files: { 'stuck/index.mjs': stuck } })
  execFileSync('mkfifo', ['stuck/fifo'], { cwd: project.root })
  const background = new Background(t, project)
  const { code, stdout } = await project.run('start', '-d', '--json')
  assert.equal(code, 0, stdout)
  const started = JSON.parse(stdout) as Pick<RuntimeView, 'runtime'>
  background.note(started)
  await gone(started.runtime.pid, 40_000)
  const next = await background.ps()
  assert.equal(next.runtime.guardianPid, started.runtime.guardianPid)
  const [rebooted] = await background.events('runtime.rebooted')
  assert.deepEqual([rebooted?.['number'], rebooted?.['cause']], [1, 'recycled'])
  assert.equal((await project.run('stop')).code, 0)
})

test('in the foreground the guardian has the pid that was started, passes output and a signal through, and exits 0', async (t) => {
  const { guardian, background } = await foreground(t, ONE_WORKER)
  const { runtime } = await background.ps()
  assert.match(guardian.stdout, /"event":"runtime.started"/)
  assert.equal(runtime.guardianPid, guardian.pid)
  process.kill(runtime.pid, 'SIGABRT')
  await guardian.waitFor(/ended: SIGABRT; starting it again in \d+ ms \(reboot 1\)[^]*is running/)
  guardian.kill('SIGTERM')
  assert.equal((await guardian.ended()).code, 0, guardian.output)
})

test('a second signal through the guardian ends it at once with 128+n', async (t) => {
  const { guardian } = await foreground(t, { ...TWO_WORKERS, services: { web: { path: PUPPET, config: { refuseStop: true } } } })
  const url = /→ (\S+)/.exec(guardian.stderr)?.[1] ?? ''
  // A request that does not end keeps the worker draining.
  const hanging = request(`${url}/work?ms=20000`).on('error', () => {})
  hanging.end()
  guardian.kill('SIGINT')
  await guardian.waitFor('press Ctrl+C again')
  guardian.kill('SIGINT')
  assert.equal((await guardian.ended()).code, 130, guardian.output)
})

test('errors and exit codes of the runtime are those of start --guardian', async (t) => {
  const restart = { delay: '1ms', startAttempts: 2 }
  const failing = new Project(t, { ...TWO_WORKERS, services: { web: { path: PUPPET, restart, config: { failAtLoad: 'no luck' } } } })
  const failed = await failing.run('start', '--guardian')
  assert.deepEqual([failed.code, failed.stderr.split('[MESHRT_SERVICE_FAILED]').length], [1, 2], failed.stderr)
  assert.equal((await new Project(t, 'services: [').run('start', '--guardian')).code, 78)
  assert.equal((await failing.run('start', '--guardian', '--nonsense')).code, 2)
})

async function foreground(t: TestContext, runtimeFile: object): Promise<{ guardian: CliProcess; background: Background }> {
  const project = new Project(t, runtimeFile)
  const background = new Background(t, project)
  const guardian = project.launch('start', '--guardian')
  await guardian.waitFor('is running')
  await background.ps()
  return { guardian, background }
}
