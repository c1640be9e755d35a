import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exampleView } from '../control/example-view.ts'
import { scratch } from '../control/scratch.ts'
import { cli, openChild } from './run-cli.ts'

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/

test('what services write never reaches the terminal raw, in any format', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  for (const args of [
    ['logs'],
    ['logs', '--json'],
    ['events'],
    ['events', '--json'],
    ['ps', '--workers'],
    ['describe', 'auth'],
    ['why', 'auth', '--json'],
  ]) {
    const { stdout, code } = await cli(place, args)
    assert.equal(code, 0)
    assert.doesNotMatch(stdout, CONTROL, args.join(' '))
    assert.notEqual(stdout, '')
  }
})

test('logs show whose line it is, and the level of lines that pino wrote', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const { stdout } = await cli(place, ['logs', '-n', '2'])
  assert.match(stdout, /INFO: auth\/0 │ line 2 red/)
  assert.match(stdout, /WARN: auth\/1 │ from pino/)
  const one = await cli(place, ['logs', 'auth/1', '--json'])
  assert.equal(one.stdout.trim().split('\n').length, 1)
})

test('without a terminal there is no colour, unless it is forced', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const run = async (args: string[], env: NodeJS.ProcessEnv = {}) => (await cli(place, ['ps', ...args], { env })).stdout.includes('\u001b[')
  assert.equal(await run([]), false)
  assert.equal(await run([], { FORCE_COLOR: '1' }), true)
  assert.equal(await run(['--no-color'], { FORCE_COLOR: '1' }), false)
  assert.equal(await run([], { NO_COLOR: '1' }), false)
})

test('ps --json is the view of the runtime, and what needs attention goes to stderr', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  assert.deepEqual(JSON.parse((await cli(place, ['ps', '--json'])).stdout), JSON.parse(JSON.stringify(exampleView())))
  const { stdout, stderr } = await cli(place, ['ps'])
  assert.match(stderr, /2 services are not ready: auth \(degraded\), mailer \(backoff/)
  assert.equal(stdout.trim().split('\n').length, 4)
})

test('ps from elsewhere shows the only running one and says so; stop does not', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const away = { project: '/', env: place.env }
  const ps = await cli(away, ['ps'])
  assert.equal(ps.code, 0)
  assert.match(ps.stderr, /only running one: "shop"/)
  assert.equal((await cli(away, ['stop'])).code, 3)
})

test('restart --json ends with one document on stdout; its progress is on stderr', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const { stdout, stderr } = await cli(place, ['restart', 'auth', '--json'])
  assert.deepEqual(JSON.parse(stdout), { schema: 'meshrt.restart/v1', replaced: ['auth/0#2'], tookMs: 12 })
  assert.match(stderr, /auth\/0: replaced in 12 ms/)
})
