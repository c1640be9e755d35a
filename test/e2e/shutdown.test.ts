import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { get, request } from 'node:http'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, Project, PUPPET, serviceOf } from '../support/project.ts'

function puppets(gracefulShutdown: object, services: object = { gateway: { path: PUPPET } }): object {
  return { entrypoint: 'gateway', server: { port: 0 }, gracefulShutdown, services }
}

function socketsOf(project: Project): readonly string[] {
  return existsSync(project.socketDir) ? readdirSync(project.socketDir).filter((name) => /\.sock$|lock|claim/.test(name)) : []
}

/** `GET /v1/health`, as a load balancer's agent would ask. */
function health(project: Project): Promise<{ readonly state: string; readonly ready: boolean }> {
  const socketPath = join(project.socketDir, readdirSync(project.socketDir).find((name) => name.endsWith('.sock')) ?? '')
  return new Promise((resolve, reject) => {
    get({ socketPath, path: '/v1/health' }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
      response.on('end', () => resolve(JSON.parse(text) as { state: string; ready: boolean }))
    }).on('error', reject)
  })
}

/** A response that does not end by itself; resolves when its head is there. */
function openStream(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(`${url}/slow-stream?chunks=100000&ms=20`, { agent: false })
    outgoing.on('error', reject).on('response', (response) => {
      response.resume().on('error', () => {})
      resolve()
    })
    outgoing.end()
  })
}

test('during the pre-stop delay everything still serves, but is not ready any more', async (t) => {
  const project = new Project(t, puppets({ runtime: '8s', preStop: '2s' }))
  const running = await project.start()
  const url = await running.url()
  assert.deepEqual([(await health(project)).ready, (await health(project)).state], [true, 'running'])
  running.cli.kill('SIGTERM')
  await running.cli.waitFor('stopping (signal)')
  const during = await health(project)
  assert.deepEqual([during.ready, during.state], [false, 'stopping'])
  assert.equal((await ask(`${url}/`)).status, 200)
  const ended = await running.cli.ended()
  assert.equal(ended.code, 0, ended.stderr)
})

test('a second signal ends a pre-stop delay at once, with 128 + its number', async (t) => {
  const project = new Project(t, puppets({ runtime: '60s', preStop: '50s' }))
  const running = await project.start()
  running.cli.kill('SIGTERM')
  await running.cli.waitFor('stopping (signal)')
  running.cli.kill('SIGTERM')
  const ended = await running.cli.ended()
  assert.deepEqual([ended.code, ended.signal], [143, null], ended.stderr)
  assert.deepEqual(socketsOf(project), [])
})

test('meshrt stop names whose requests were cut off at the deadline, and ends with 0 when the budget was enough', async (t) => {
  const project = new Project(t, puppets({ runtime: '6s', service: '600ms' }))
  const running = await project.start()
  await openStream(await running.url())
  const stopped = await project.run('stop')
  assert.equal(stopped.code, 0, stopped.stderr)
  assert.equal(stopped.stdout, 'Stopped; cut off: gateway/0#1 (1 request)\n')
  const ended = await running.cli.ended()
  assert.equal(ended.code, 0, ended.stderr)
  assert.match(ended.stdout, /gateway\/0#1: 1 request cut off at the drain deadline/)
})

test('a worker that refuses to stop is terminated within the budget, named, and that is still a clean stop', async (t) => {
  const services = { gateway: { path: PUPPET }, auth: { path: './auth' } }
  const files = { 'auth/index.js': 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)' }
  const project = new Project(t, puppets({ runtime: '5s', service: '500ms' }, services), { files })
  const running = await project.start()
  const stopped = await project.run('stop', '--json')
  assert.equal(stopped.code, 0, stopped.stderr)
  const { ok, killed, abandoned } = JSON.parse(stopped.stdout) as { ok: boolean; killed: string[]; abandoned: string[] }
  assert.deepEqual({ ok, killed, abandoned }, { ok: true, killed: ['auth/0#1'], abandoned: [] })
  assert.equal((await running.cli.ended()).code, 0)
})

/** A thread in a read of a FIFO that nobody writes to ends for nothing but the end of its process. */
const STUCK = {
  'stuck/index.js': `
import { readFileSync } from 'node:fs'
import { createServer } from 'node:http'
export default () => createServer((request, response) => {
  if (request.url === '/stick') { console.log('sticking'); setImmediate(() => readFileSync('fifo')) }
  response.end('ok')
})
`,
}

for (const how of ['SIGTERM', 'meshrt stop'] as const) {
  test(
    `a thread that cannot be ended is abandoned: ${how} ends within the budget, by a kill, and leaves nothing behind`,
    {
      skip: process.platform === 'win32',
    },
    async (t) => {
      const services = { gateway: { path: PUPPET }, stuck: { path: './stuck' } }
      const project = new Project(t, puppets({ runtime: '4s', service: '500ms' }, services), { files: STUCK })
      execFileSync('mkfifo', [join(project.root, 'fifo')])
      const running = await project.start()
      await ask(`${await running.url()}/relay?to=http://stuck.plt.local/stick`)
      await running.cli.waitFor('sticking')
      if (how === 'SIGTERM') running.cli.kill('SIGTERM')
      else {
        const stopped = await project.run('stop')
        assert.equal(stopped.code, 1, stopped.stdout + stopped.stderr)
        assert.match(stopped.stdout, /ended by force: stuck\/0#1/)
        assert.match(stopped.stderr, /MESHRT_SHUTDOWN_INCOMPLETE/)
      }
      const ended = await running.cli.ended()
      assert.deepEqual([ended.code, ended.signal], [null, 'SIGKILL'], ended.stderr)
      assert.match(ended.stdout, /stuck\/0#1: abandoned, its thread does not end/)
      assert.match(ended.stderr, /a clean stop: stuck\/0#1 had to be ended by force \[MESHRT_SHUTDOWN_INCOMPLETE\]/)
      const tookMs = Number(/"tookMs":(\d+),"killed"/.exec(ended.stdout)?.[1])
      assert.ok(tookMs <= 4000, `took ${tookMs} ms`)
      assert.deepEqual(socketsOf(project), [])
      assert.equal((await project.run('ps')).code, 3)
    },
  )
}

test('dependents and observed callers stop before what they call, all of their workers', async (t) => {
  const services = {
    db: { path: PUPPET },
    auth: { path: PUPPET, workers: 2, dependsOn: ['db'] },
    cache: { path: PUPPET },
    gateway: { path: PUPPET, dependsOn: ['auth'] },
  }
  const project = new Project(t, puppets({ runtime: '8s' }, services))
  const running = await project.start()
  const toCache = encodeURIComponent('http://cache.plt.local/')
  const relayed = await ask(`${await running.url()}/relay?to=${encodeURIComponent(`http://auth.plt.local/relay?to=${toCache}`)}`)
  assert.equal(relayed.status, 200)
  assert.equal(serviceOf(await running.ps(), 'auth').ready, 2)
  running.cli.kill('SIGTERM')
  const { stdout, code } = await running.cli.ended()
  assert.equal(code, 0)
  const order = [...stdout.matchAll(/"msg":"(\w+): stopped"/g)].map(([, service]) => service)
  assert.equal(order[0], 'gateway')
  assert.equal(order[1], 'auth')
  assert.deepEqual(new Set(order.slice(2)), new Set(['db', 'cache']))
})
