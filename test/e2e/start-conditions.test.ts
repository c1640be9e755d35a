import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, generations, Project, PUPPET, Running, serviceOf } from '../support/project.ts'

/** Fails for as long as the file `broken` is there; says how often it ran. */
const MIGRATE = {
  'migrate/index.js': `
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
export default async function ({ config }) {
  appendFileSync(config.journal, 'run\\n')
  const answer = await fetch('http://db.plt.local/')
  await answer.text()
  setInterval(() => {}, 1000)
  if (existsSync(config.broken)) throw new Error('no table ' + readFileSync(config.broken, 'utf8'))
}
`,
}

function shop(extra: object = {}): object {
  const config = { journal: 'journal', broken: 'broken' }
  const restart = { startAttempts: 2, delay: '20ms' }
  return {
    server: { port: 0 },
    entrypoint: 'gateway',
    services: {
      gateway: { path: PUPPET, dependsOn: { migrate: 'completed' } },
      migrate: { path: './migrate', type: 'oneshot', dependsOn: ['db'], config, restart, ...extra },
      db: { path: PUPPET },
    },
  }
}

test('a service starts when its migration has completed, and ps calls everything ready', async (t) => {
  const project = new Project(t, shop(), { files: MIGRATE })
  const running = await project.start()
  const migrate = await running.service('migrate')
  assert.deepEqual([migrate.state, migrate.ready, migrate.desired, migrate.url], ['completed', 1, 1, null])
  assert.deepEqual(migrate.workers[0]?.lastExit?.exit, { kind: 'completed' })
  const ps = await project.run('ps')
  assert.equal(ps.stderr, '')
  assert.match(ps.stdout, /migrate +1\/1 +completed/)
  await running.cli.waitFor(/3 services, 2 workers, ready after/)

  const restarted = await project.run('restart', 'migrate')
  assert.equal(restarted.code, 0, restarted.stderr)
  assert.deepEqual(generations(await running.service('migrate')), [null])
  assert.equal((await running.service('migrate')).state, 'completed')
  const relayed = await ask(`${await running.url()}/relay?to=http://migrate.plt.local/`)
  assert.match(JSON.stringify(relayed.body), /MESHRT_MESH_NOT_ROUTABLE/)
  const stopped = await project.run('stop')
  assert.deepEqual([stopped.code, stopped.stdout], [0, 'Stopped.\n'])
})

test('a migration that fails for good holds what waits for it, and a successful run lets it start', async (t) => {
  const project = new Project(t, shop(), { files: { ...MIGRATE, broken: 'users' } })
  const running = new Running(project, project.launch('start'))
  const view = await running.until('the migration has failed', (now) => serviceOf(now, 'migrate').state === 'failed')
  assert.equal(serviceOf(view, 'gateway').state, 'waiting')
  assert.deepEqual(serviceOf(view, 'gateway').waitingFor, [{ service: 'migrate', condition: 'completed' }])
  assert.equal(serviceOf(view, 'db').state, 'running')
  // The start is over: held services do not keep it waiting.
  await running.cli.waitFor('is running (start)')
  const ps = await project.run('ps')
  assert.match(ps.stderr, /gateway \(waits for migrate to be completed, which has failed\), migrate \(failed\)/)
  const early = await project.run('restart', 'gateway')
  assert.equal(early.code, 1, early.stderr)
  assert.match(early.stderr, /MESHRT_NOT_STARTED/)
  assert.match(early.stderr, /it has not been started: it waits for migrate/)

  project.write({ 'migrate/index.js': 'export default () => {}' })
  const restarted = await project.run('restart', 'migrate')
  assert.equal(restarted.code, 0, restarted.stderr)
  await running.until('the gateway runs', (now) => serviceOf(now, 'gateway').state === 'running')
  assert.equal((await ask(`${await running.url()}/`)).status, 200)
})

test('a migration that fails under onFailed exit ends the start with 1, its error and its stack', async (t) => {
  const project = new Project(t, shop({ onFailed: 'exit' }), { files: { ...MIGRATE, broken: 'users' } })
  const ended = await project.run('start')
  assert.equal(ended.code, 1, ended.stderr)
  assert.match(ended.stderr, /MESHRT_SERVICE_FAILED/)
  assert.match(ended.stderr, /no table users/)
  assert.match(ended.stderr, /at .*migrate\/index\.js:\d+/)
})

test('a stop in the middle of a migration asks it to end', async (t) => {
  const files = {
    'migrate/index.js': `
process.on('SIGTERM', () => { console.log('rolled back'); process.exit() })
console.log('migrating')
setInterval(() => {}, 1000)
`,
  }
  const project = new Project(t, shop(), { files })
  const running = new Running(project, project.launch('start'))
  await running.until('the migration runs', (now) => serviceOf(now, 'migrate').workers[0]?.state === 'starting')
  await running.cli.waitFor('migrating')
  running.cli.kill('SIGTERM')
  const ended = await running.cli.ended()
  assert.equal(ended.code, 0, ended.stderr)
  assert.match(ended.stdout, /rolled back/)
})

test('smoke takes a completed oneshot and a background service for healthy', async (t) => {
  const services = {
    gateway: { path: PUPPET, dependsOn: ['migrate'] },
    migrate: { path: './migrate', type: 'oneshot' },
    cron: { path: './cron', type: 'background' },
  }
  const files = { 'migrate/index.js': 'console.log("migrated")', 'cron/index.js': 'setInterval(() => {}, 1000)' }
  const project = new Project(t, { server: { port: 0 }, services }, { files })
  const ended = await project.run('smoke')
  assert.equal(ended.code, 0, ended.stdout + ended.stderr)
  assert.match(ended.stdout, /migrate +ok/)
})

test('in dev a changed migration runs again', async (t) => {
  const files = { 'migrate/index.js': 'console.log("version 1")' }
  const services = { gateway: { path: PUPPET, dependsOn: ['migrate'] }, migrate: { path: './migrate', type: 'oneshot' } }
  const project = new Project(t, { server: { port: 0 }, services }, { files })
  const running = await project.start('dev')
  await running.cli.waitFor('is running (dev)')
  project.write({ 'migrate/index.js': 'console.log("version 2")' })
  await running.cli.waitFor('version 2')
  await running.until('it has completed again', (now) => serviceOf(now, 'migrate').state === 'completed')
})
