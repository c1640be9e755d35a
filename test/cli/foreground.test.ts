import assert from 'node:assert/strict'
import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { test, type TestContext } from 'node:test'
import { scratch, type Scratch } from '../control/scratch.ts'
import { BIN } from '../support/package.ts'
import { cli } from './run-cli.ts'

const SERVICES = {
  web: 'console.log("web is here"); export default (req, res) => res.end("hi")',
  stubborn: 'process.on("SIGTERM", () => { for (;;); }); export default (req, res) => res.end()',
  broken: 'throw new TypeError("no such luck")',
  angry: 'export default (req, res) => { res.statusCode = 500; res.end() }',
}

/** A runtime file with these services, the first one as the entrypoint. */
function project(t: TestContext, ids: readonly (keyof typeof SERVICES)[], { port = 0, more = '' } = {}): Scratch {
  const place = scratch(t)
  for (const id of ids) {
    mkdirSync(join(place.project, id))
    writeFileSync(join(place.project, id, 'index.mjs'), SERVICES[id])
  }
  const services = ids.map((id) => `  ${id}: { path: ./${id} }`).join('\n')
  writeFileSync(place.file, `name: tiny\nentrypoint: ${ids[0]}\nserver: { port: ${port} }\n${more}services:\n${services}\n`)
  return place
}

class Foreground {
  readonly child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly closed: Promise<unknown[]>
  stdout = ''
  stderr = ''

  constructor(t: TestContext, place: Scratch, args: readonly string[]) {
    this.child = spawn(process.execPath, [BIN, ...args], { cwd: place.project, env: place.env, stdio: ['pipe', 'pipe', 'pipe'] })
    this.child.stdout.on('data', (bytes: Buffer) => (this.stdout += bytes.toString()))
    this.child.stderr.on('data', (bytes: Buffer) => (this.stderr += bytes.toString()))
    this.closed = once(this.child, 'close')
    t.after(() => this.child.kill('SIGKILL'))
  }

  async says(what: RegExp, stream: 'stdout' | 'stderr' = 'stderr'): Promise<void> {
    while (!what.test(this[stream])) {
      const over = await Promise.race([once(this.child[stream], 'data').then(() => false), this.closed.then(() => true)])
      if (over && !what.test(this[stream])) throw new Error(`It never said ${String(what)}:\n${this.stdout}\n${this.stderr}`)
    }
  }
}

test('start says what runs and where, logs to stdout, and a signal ends it with 0 and nothing left behind', async (t) => {
  const place = project(t, ['web', 'angry'])
  const start = new Foreground(t, place, ['start'])
  await start.says(/tiny is running \(start\): 2 services, 2 workers/)
  await start.says(/→ http:\/\/127\.0\.0\.1:\d+/)
  const url = /→ (\S+)/.exec(start.stderr)?.[1] ?? ''
  assert.equal(await (await fetch(url)).text(), 'hi')
  const ps = await cli(place, ['ps', '--json'])
  assert.equal((JSON.parse(ps.stdout) as { runtime: { pid: number } }).runtime.pid, start.child.pid)
  start.child.kill('SIGINT')
  assert.deepEqual(await start.closed, [0, null], start.stderr)
  assert.match(start.stderr, /Stopping 2 services… \(press Ctrl\+C again to force\)/)
  const lines = start.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { msg: string; service?: string })
  assert.ok(lines.some((line) => line.msg === 'web is here' && line.service === 'web'))
  assert.deepEqual(readdirSync(place.controlDir), [])
})

test('a second signal ends it at once with 128+n', async (t) => {
  const place = project(t, ['stubborn'])
  const start = new Foreground(t, place, ['start'])
  await start.says(/is running/)
  start.child.kill('SIGINT')
  await start.says(/Stopping 1 service…/)
  start.child.kill('SIGINT')
  assert.deepEqual(await start.closed, [130, null], start.stderr)
  assert.deepEqual(readdirSync(place.controlDir), [])
})

test('a start that fails exits 1 with the error of the service, and nothing is left behind', async (t) => {
  const place = project(t, ['broken'], { more: 'restart: { delay: 1ms, startAttempts: 2 }\n' })
  const { code, stderr } = await cli(place, ['start'])
  assert.equal(code, 1, stderr)
  assert.match(stderr, /no such luck/)
  assert.deepEqual(readdirSync(place.controlDir), [])
})

test('a port in use is one clear error', async (t) => {
  const taken = createServer()
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve))
  t.after(() => taken.close())
  const place = project(t, ['web'], { port: (taken.address() as AddressInfo).port })
  const { code, stderr } = await cli(place, ['start'])
  assert.equal(code, 1, stderr)
  assert.match(stderr, /MESHRT_PORT_IN_USE/)
})

test('dev loads everything anew at rs and Enter, and stop ends it', async (t) => {
  const place = project(t, ['web'])
  const dev = new Foreground(t, place, ['dev'])
  await dev.says(/rs \+ Enter/)
  await dev.says(/web is here/, 'stdout')
  dev.stdout = ''
  dev.child.stdin.write('rs\n')
  await dev.says(/web is here/, 'stdout')
  const stop = await cli(place, ['stop'])
  assert.equal(stop.code, 0, stop.stderr)
  assert.deepEqual(await dev.closed, [0, null], dev.stderr)
})

test('nobody reads the log: the runtime answers all the same', async (t) => {
  const place = project(t, ['web'])
  writeFileSync(
    join(place.project, 'web', 'index.mjs'),
    'export default (req, res) => { for (let n = 0; n < 60; n += 1) console.log("x".repeat(30000)); res.end("hi") }',
  )
  const start = new Foreground(t, place, ['start'])
  await start.says(/→ http/)
  start.child.stdout.pause()
  const url = /→ (\S+)/.exec(start.stderr)?.[1] ?? ''
  for (let n = 0; n < 5; n += 1) assert.equal(await (await fetch(url)).text(), 'hi')
  assert.equal((await cli(place, ['ps'])).code, 0)
  start.child.stdout.resume()
  start.child.kill('SIGTERM')
  assert.deepEqual(await start.closed, [0, null])
})
