import assert from 'node:assert/strict'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { scratch } from '../control/scratch.ts'
import { cli, openChild } from './run-cli.ts'

const CONTROL_COMMANDS = [
  ['ps'],
  ['restart', 'auth'],
  ['scale', 'auth=2'],
  ['stop'],
  ['stop', 'auth'],
  ['start', 'auth'],
  ['logs'],
  ['events'],
]

test('no runtime: exit 3, an error on stderr, nothing on stdout', async (t) => {
  const place = scratch(t)
  const results = await Promise.all(CONTROL_COMMANDS.map((args) => cli(place, args)))
  for (const { code, stdout, stderr } of results) {
    assert.equal(code, 3)
    assert.equal(stdout, '')
    assert.match(stderr, /MESHRT_NO_RUNTIME/)
  }
})

test('a stale socket: exit 3, and the socket is left to the next start', async (t) => {
  const place = scratch(t)
  const child = await openChild(t, place)
  child.kill('SIGKILL')
  await once(child, 'exit')
  for (const { code } of await Promise.all([['ps'], ['stop']].map((args) => cli(place, args)))) assert.equal(code, 3)
})

test('a wrong name, file or socket: exit 3, never another runtime', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const wrong = [
    ['--name', 'nobody'],
    ['-c', 'other.yaml'],
    ['--socket', join(place.project, 'no.sock')],
  ]
  const results = await Promise.all(CONTROL_COMMANDS.map((args, at) => cli(place, [...args, ...(wrong[at % wrong.length] ?? [])])))
  for (const { code } of results) assert.equal(code, 3)
})

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

test('a runtime file that is missing or broken: exit 78', async (t) => {
  const place = scratch(t)
  writeFileSync(place.file, 'services: [oops\n')
  const empty = join(place.project, 'empty')
  mkdirSync(empty)
  const runs = [
    cli(place, ['config', '--check']),
    cli(place, ['start']),
    cli(place, ['dev']),
    cli(place, ['smoke']),
    cli(place, ['start', '-c', 'nowhere.yaml']),
    cli({ ...place, project: empty }, ['config', '-c', 'no.yaml']),
  ]
  for (const { code, stderr } of await Promise.all(runs)) {
    assert.equal(code, 78)
    assert.match(stderr, /MESHRT_CONFIG_/)
  }
})

test('--json puts the error on stdout as one document', async (t) => {
  const place = scratch(t)
  for (const args of [
    ['ps', '--json'],
    ['--json', 'pss'],
    ['config', '--json', '-c', 'nowhere.yaml'],
  ]) {
    const { stdout, stderr } = await cli(place, args)
    assert.equal((JSON.parse(stdout) as { schema: string }).schema, 'meshrt.error/v1')
    assert.equal(stderr, '')
  }
})

test('what works exits 0: help, version, and every command that looks', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const commands = [
    [],
    ['--help'],
    ['ps', '--help'],
    ['--version'],
    ['version', '--json'],
    ['ps'],
    ['ps', '--workers'],
    ['ps', '--health'],
    ['logs'],
    ['events'],
    ['restart', 'auth'],
    ['stop', 'auth'],
    ['stop', 'auth/1', '--json'],
    ['start', 'auth', 'mailer/0'],
    ['start', 'auth', '--json'],
    ['scale', 'auth=4'],
    ['scale', 'auth=4', 'gateway=3', '--json'],
  ]
  const results = await Promise.all(commands.map((args) => cli(place, args)))
  results.forEach(({ code, stdout }, at) => {
    assert.equal(code, 0, commands[at]?.join(' '))
    assert.notEqual(stdout, '')
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
