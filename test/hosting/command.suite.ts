import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { ask, Project, PUPPET, serviceOf } from '../support/project.ts'

/** A program that is no module of ours: serves at $PORT, and does what its path says. */
const PROGRAM = `const http = require('node:http')
const server = http.createServer((req, res) => {
  if (req.url === '/exit') process.exit(4)
  if (req.url === '/host') return res.end(req.headers.host)
  if (req.url === '/env') return res.end([process.env.MESHRT_SERVICE, process.env.MESHRT_SLOT, process.env.OWN, process.cwd()].join())
  res.end('program ' + process.env.MESHRT_SLOT)
})
server.listen(process.env.PORT, process.env.HOST, () => console.log('serving'))
process.on('SIGTERM', () => { console.log('asked to end'); server.close(() => process.exit(0)); server.closeIdleConnections() })
`

const through = (url: string, path: string, service = 'program') =>
  ask(`${url}/relay?to=${encodeURIComponent(`http://${service}.plt.local${path}`)}`)

test('a command serves behind the mesh, is restarted when it ends, rolled, and ended in order', async (t) => {
  const project = new Project(
    t,
    {
      entrypoint: 'gateway',
      server: { port: 0 },
      restart: { delay: '10ms' },
      services: {
        gateway: { path: PUPPET, dependsOn: ['program'] },
        program: { path: 'program', command: [process.execPath, 'program.js'], workers: 2, env: { OWN: 'mine' } },
      },
    },
    { files: { 'program/program.js': PROGRAM } },
  )
  const running = await project.start()
  const url = await running.url()
  const answers = [await through(url, '/'), await through(url, '/')].map(({ body }) => String(body))
  assert.deepEqual(new Set(answers), new Set(['program 0', 'program 1']))
  assert.equal((await through(url, '/host')).body, 'program.plt.local')
  assert.match(String((await through(url, '/env')).body), new RegExp(`^program,[01],mine,${join(project.root, 'program')}$`))

  // A POST, which is not repeated onto the other one.
  await ask(`${url}/relay?to=${encodeURIComponent('http://program.plt.local/exit')}`, { method: 'POST' }).catch(() => undefined)
  await running.until('both programs are there again', (view) => {
    const { ready, restarts } = serviceOf(view, 'program')
    return ready === 2 && restarts === 1
  })
  const restarted = await project.run('restart', 'program')
  assert.equal(restarted.code, 0, restarted.stderr)
  assert.equal((await through(url, '/')).status, 200)

  const stopped = await project.run('stop')
  assert.equal(stopped.code, 0, stopped.stderr)
  assert.equal((await running.cli.ended(10_000)).code, 0)
  assert.match(running.cli.stdout, /asked to end/)
})

test('a command can be a line for the shell, has conditions for being ready, and can run to its end', async (t) => {
  const project = new Project(
    t,
    {
      entrypoint: 'gateway',
      server: { port: 0 },
      services: {
        gateway: { path: PUPPET, dependsOn: ['web', 'job', 'migrate'] },
        migrate: { command: 'echo migrated > done.txt', type: 'oneshot' },
        web: { command: `exec ${process.execPath} web.js`, ready: { http: '/ready' }, dependsOn: ['migrate'] },
        job: { command: 'sleep 0.2; echo "job is up"; sleep 1000', type: 'background', ready: { log: 'is up$' } },
      },
    },
    { files: { 'web.js': PROGRAM } },
  )
  const running = await project.start()
  assert.equal(readFileSync(join(project.root, 'done.txt'), 'utf8'), 'migrated\n')
  assert.match(running.cli.stdout, /job is up/)
  const view = await running.ps()
  assert.equal(serviceOf(view, 'migrate').state, 'completed')
  assert.equal((await through(await running.url(), '/', 'web')).body, 'program 0')
  // Nobody can call what has no server.
  assert.notEqual((await through(await running.url(), '/', 'job')).status, 200)
})

test('a command that does not exist fails the start with its name and a hint', async (t) => {
  const project = new Project(t, {
    services: { web: { command: ['no-such-program'], onFailed: 'exit', restart: { startAttempts: 1 } } },
  })
  const ended = await project.run('start')
  assert.equal(ended.code, 1)
  assert.match(ended.stderr + ended.stdout, /Cannot start "no-such-program": there is no such program/)
})

test('a background command that does not exist fails the start as well: it was never ready', async (t) => {
  const project = new Project(t, {
    services: { job: { command: ['no-such-program'], type: 'background', onFailed: 'exit', restart: { startAttempts: 1 } } },
  })
  const ended = await project.run('start')
  assert.equal(ended.code, 1)
  assert.match(ended.stderr + ended.stdout, /Cannot start "no-such-program"/)
  assert.doesNotMatch(ended.stdout, /worker\.ready/)
})

test('a service that runs elsewhere is called by its id, under its own host', async (t) => {
  const server = http.createServer((req, res) => res.end(`${req.headers.host} ${req.url}`)).listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  const project = new Project(t, {
    entrypoint: 'gateway',
    server: { port: 0 },
    services: { gateway: { path: PUPPET, dependsOn: ['api'] }, api: { url: `http://${host}/v1`, ready: { tcp: true } } },
  })
  const running = await project.start()
  assert.equal((await through(await running.url(), '/x?y=1', 'api')).body, `${host} /v1/x?y=1`)
  const { workers } = serviceOf(await running.ps(), 'api')
  assert.deepEqual(
    workers.map(({ pid, state }) => [pid, state]),
    [[null, 'ready']],
  )
})

test('Python serves as a command', { skip: !existsSync('/usr/bin/python3') }, async (t) => {
  const project = new Project(
    t,
    {
      entrypoint: 'gateway',
      server: { port: 0 },
      services: {
        gateway: { path: PUPPET, dependsOn: ['files'] },
        files: { path: 'files', command: 'exec python3 -m http.server --bind 127.0.0.1 $PORT' },
      },
    },
    { files: { 'files/hello.txt': 'from Python' } },
  )
  const running = await project.start()
  assert.equal((await through(await running.url(), '/hello.txt', 'files')).body, 'from Python')
})

/** Knows nothing of orderly ends: what it is doing at SIGTERM is lost. */
const RUDE = `require('node:http').createServer((req, res) => {
  setTimeout(() => res.end('done'), req.url === '/slow' ? 1500 : 0)
}).listen(process.env.PORT, process.env.HOST)`

test('a command that ends at once when asked to loses no request of a caller that is a process', async (t) => {
  const project = new Project(
    t,
    {
      entrypoint: 'gateway',
      server: { port: 0 },
      services: {
        gateway: { path: PUPPET, isolation: 'process' },
        program: { path: 'program', command: [process.execPath, 'program.js'] },
      },
    },
    { files: { 'program/program.js': RUDE } },
  )
  const running = await project.start()
  const url = await running.url()
  // A POST, which nobody repeats.
  const slow = ask(`${url}/relay?to=${encodeURIComponent('http://program.plt.local/slow')}`, { method: 'POST' })
  await running.until('the request is seen under way', (view) => serviceOf(view, 'program').workers[0]?.inFlight === 1)
  assert.equal((await project.run('restart', 'program')).code, 0)
  assert.deepEqual([(await slow).status, (await slow).body], [200, 'done'])
  await running.until('nothing is under way', (view) => serviceOf(view, 'program').workers[0]?.inFlight === 0)
})
