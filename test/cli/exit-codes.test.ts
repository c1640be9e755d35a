import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratch, until } from '../control/scratch.ts'
import { checkDocument } from './documents.ts'
import { cli, openChild } from './run-cli.ts'

test('a runtime whose loop stands still: exit 4', { timeout: 30_000 }, async (t) => {
  const place = scratch(t)
  const child = await openChild(t, place)
  child.kill('SIGSTOP')
  const result = await cli(place, ['ps'])
  assert.equal(result.code, 4)
  assert.match(result.stderr, /MESHRT_NOT_ANSWERING/)
})

test('usage: exit 2, with what was probably meant', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const table: [string[], RegExp][] = [
    [['pss'], /Did you mean ps\?/],
    [['ps', '--worker'], /Did you mean --workers\?/],
    [['restart'], /missing required argument/],
    [['wait', 'auht'], /Did you mean "auth"\?/],
    [['wait', 'auth/1'], /services are waited for/],
    [['wait', '--for', 'happiness'], /must be ready, stopped, completed/],
    [['wait', '--timeout', 'soon'], /a duration like 60s/],
    [['wait', '--timeout', '700h'], /24 days at the most/],
    [['describe', 'auht'], /Did you mean "auth"\?/],
    [['start', 'auht'], /Did you mean "auth"\?/],
    [['start', 'auth/9'], /MESHRT_UNKNOWN_WORKER/],
    [['start', 'auth', '-d'], /it belongs to the start of a runtime/],
    [['stop', 'auht'], /Did you mean "auth"\?/],
    [['stop', 'auth/9'], /MESHRT_UNKNOWN_WORKER/],
    [['restart', 'auht'], /Did you mean "auth"\?/],
    [['restart', 'auht/1'], /Did you mean "auth\/1"\?/],
    [['restart', 'auth/9'], /MESHRT_UNKNOWN_WORKER/],
    [['scale'], /missing required argument/],
    [['scale', 'auth'], /as in auth=3/],
    [['scale', 'auth=two'], /as in auth=3/],
    [['scale', 'auth=-1'], /as in auth=3/],
    [['scale', 'auth/1=2'], /as in auth=3/],
    [['scale', 'auth=2', 'auth=3'], /named twice/],
    [['scale', 'auht=2'], /Did you mean "auth"\?/],
    [['start', '--scale', 'auth'], /as in auth=3/],
    [['logs', 'zzzzz'], /The services are gateway, auth, mailer/],
    [['logs', '-n', 'many'], /number of lines/],
    [['restart', '__proto__'], /MESHRT_UNKNOWN_SERVICE/],
  ]
  const results = await Promise.all(table.map(([args]) => cli(place, args)))
  table.forEach(([args, message], at) => {
    assert.equal(results[at]?.code, 2, args.join(' '))
    assert.match(results[at]?.stderr ?? '', message)
  })
})

test('a restart that fails: exit 1, with its cause', async (t) => {
  const place = scratch(t)
  await openChild(t, place, 'restart-fails')
  const { code, stderr } = await cli(place, ['restart', 'auth'])
  assert.equal(code, 1)
  assert.match(stderr, /auth\/0: replacing[^]*MESHRT_RESTART_FAILED[^]*boom/)
})

test('a scaling that fails: exit 1, with its cause', async (t) => {
  const place = scratch(t)
  await openChild(t, place, 'scale-fails')
  const { code, stderr } = await cli(place, ['scale', 'auth=5'])
  assert.equal(code, 1)
  assert.match(stderr, /auth: scaling from 2 to 5[^]*MESHRT_SCALE_FAILED[^]*boom/)
})

test('stop returns when the process is gone; a start that finds it running exits 6', async (t) => {
  const place = scratch(t)
  const child = await openChild(t, place)
  mkdirSync(join(place.project, 'web'))
  writeFileSync(join(place.project, 'web', 'index.mjs'), 'export default () => {}')
  writeFileSync(place.file, 'services: { web: { path: ./web } }\n')
  const start = await cli(place, ['start'])
  assert.equal(start.code, 6, start.stderr)
  assert.match(start.stderr, new RegExp(`running as process ${child.pid}, for \\d+s`))
  const gone = once(child, 'exit')
  const stop = await cli(place, ['stop'])
  assert.equal(stop.code, 0, stop.stderr)
  assert.equal(stop.stdout, 'Stopped.\n')
  await gone
})

test('stop of a runtime that had to use force: exit 1, and who it was', async (t) => {
  const place = scratch(t)
  await openChild(t, place, 'stop-late')
  const { code, stdout } = await cli(place, ['stop'])
  assert.equal(code, 1)
  assert.match(stdout, /auth\/0#1/)
})

test(
  'stop of a runtime that another stop has ended meanwhile: exit 0 when it has left, and nothing is said of how',
  { timeout: 30_000 },
  async (t) => {
    const stopCut = async (...flags: readonly string[]) => {
      const place = scratch(t)
      const child = await openChild(t, place, 'stop-cut')
      const socket = join(place.controlDir, readdirSync(place.controlDir).find((name) => name.endsWith('.sock')) ?? '')
      const stop = cli(place, ['stop', ...flags])
      await until(() => !existsSync(socket), 15_000)
      child.disconnect()
      return stop
    }
    const text = await stopCut()
    assert.deepEqual([text.code, text.stdout], [0, 'Stopped; it ended before it could say how.\n'], text.stderr)
    const json = await stopCut('--json')
    assert.equal(json.code, 0, json.stderr)
    checkDocument(json.stdout, 'meshrt.stop/v1')
    assert.deepEqual(JSON.parse(json.stdout), { schema: 'meshrt.stop/v1', ok: null, killed: null, abandoned: null, cut: null, left: true })
  },
)
