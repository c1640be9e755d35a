import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { test } from 'node:test'
import { ask, Project, PUPPET } from '../support/project.ts'
import { until } from '../support/until.ts'

const shop = { entrypoint: 'gateway', server: { port: 0 }, services: { gateway: { path: PUPPET }, auth: { path: PUPPET } } }

test('SIGTERM stops the runtime cleanly: exit 0, no socket left, nobody listens', async (t) => {
  const project = new Project(t, shop)
  const running = await project.start()
  const url = await running.url()
  running.cli.kill('SIGTERM')
  const ended = await running.cli.ended()
  assert.deepEqual({ code: ended.code, signal: ended.signal }, { code: 0, signal: null }, ended.stderr)
  assert.deepEqual(socketsOf(project), [])
  await assert.rejects(ask(url))
  assert.equal((await project.run('ps')).code, 3)
})

test('a request under way is answered before the runtime ends', async (t) => {
  const project = new Project(t, shop)
  const running = await project.start()
  const slow = ask(`${await running.url()}/relay?to=${encodeURIComponent('http://auth.plt.local/slow-stream?chunks=8&ms=100')}`)
  const working = await running.until('the request is in flight', (view) =>
    view.services.some((s) => s.workers.some((w) => w.inFlight > 0)),
  )
  assert.equal(working.runtime.state, 'running')
  running.cli.kill('SIGTERM')
  const { status, body } = await slow
  assert.equal(status, 200)
  assert.ok(String(body).endsWith('chunk 8\n'), String(body))
  assert.equal((await running.cli.ended()).code, 0)
})

test('SIGTERM while a service still starts ends at once and clean', async (t) => {
  const project = new Project(t, { ...shop, services: { gateway: { path: PUPPET, config: { neverReady: true } } } })
  const cli = project.launch('start')
  await untilItAnswers(project)
  cli.kill('SIGTERM')
  const ended = await cli.ended()
  assert.equal(ended.code, 0, ended.stderr)
  assert.deepEqual(socketsOf(project), [])
})

test('SIGTERM while a service waits for one that still starts ends at once and clean', async (t) => {
  const services = { gateway: { path: PUPPET, dependsOn: ['auth'] }, auth: { path: PUPPET, config: { neverReady: true } } }
  const project = new Project(t, { ...shop, services })
  const cli = project.launch('start')
  await untilItAnswers(project)
  cli.kill('SIGTERM')
  const ended = await cli.ended()
  assert.equal(ended.code, 0, ended.stderr)
  assert.deepEqual(socketsOf(project), [])
})

test('after SIGKILL, ps ends with 3 and the next start just works', async (t) => {
  const project = new Project(t, shop)
  const first = await project.start()
  first.cli.kill('SIGKILL')
  await first.cli.ended()
  assert.notDeepEqual(socketsOf(project), [], 'the stale socket is what this test is about')
  const ps = await project.run('ps')
  assert.equal(ps.code, 3, ps.stderr)
  const second = await project.start()
  assert.equal((await ask(`${await second.url()}/`)).status, 200)
})

test('a second start is refused with 6 and harms nothing, ps of a process that stands still ends with 4, and stop returns when it is gone', async (t) => {
  const project = new Project(t, shop)
  const running = await project.start()
  const second = await project.run('start')
  assert.equal(second.code, 6, second.stderr)
  assert.ok(second.stderr.includes('MESHRT_ALREADY_RUNNING'), second.stderr)
  assert.equal((await ask(`${await running.url()}/`)).status, 200)
  running.cli.kill('SIGSTOP')
  const ps = await project.run('ps')
  running.cli.kill('SIGCONT')
  assert.equal(ps.code, 4, ps.stderr + ps.stdout)
  assert.ok(ps.stderr.includes('MESHRT_NOT_ANSWERING'), ps.stderr)
  const stopped = await project.run('stop')
  assert.equal(stopped.code, 0, stopped.stderr)
  assert.equal((await project.run('ps')).code, 3)
  assert.equal((await running.cli.ended()).code, 0)
})

async function untilItAnswers(project: Project): Promise<void> {
  await until('the control socket answers', async () => (await project.view().catch(() => null)) !== null, 10_000)
}

function socketsOf(project: Project): readonly string[] {
  return existsSync(project.socketDir) ? readdirSync(project.socketDir).filter((name) => name.endsWith('.sock')) : []
}
