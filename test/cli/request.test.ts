import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { scratch } from '../control/scratch.ts'
import { cli, openChild } from './run-cli.ts'

interface Echo {
  readonly method: string
  readonly path: string
  readonly headers: readonly string[]
  readonly sent: string
}

test('request sends method, headers and body as they were typed, and prints the body of the answer', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  writeFileSync(join(place.project, 'body.txt'), 'from a file')
  const [plain, full, file, odd] = await Promise.all([
    cli(place, ['request', 'auth', '/users?id=7']),
    cli(place, ['request', 'auth', 'users', '-X', 'put', '-H', 'x-a: 1', '-H', 'x-b:2', '-d', 'hello']),
    cli(place, ['request', 'auth', '/', '-d', '@body.txt']),
    cli(place, ['request', 'auth', '/a b/ü']),
  ])
  assert.equal(plain.code, 0, plain.stderr)
  const asked = JSON.parse(plain.stdout) as Echo
  assert.deepEqual([asked.method, asked.path, asked.sent], ['GET', '/users?id=7', ''])
  assert.ok(!asked.headers.some((name) => /^(host|connection|meshrt-protocol)$/i.test(name)), asked.headers.join(' '))
  const put = JSON.parse(full.stdout) as Echo
  assert.deepEqual([put.method, put.path, put.sent], ['PUT', '/users', 'hello'])
  assert.ok(put.headers.join(' ').includes('x-a 1 x-b 2'), put.headers.join(' '))
  const posted = JSON.parse(file.stdout) as Echo
  assert.deepEqual([posted.method, posted.sent], ['POST', 'from a file'])
  assert.equal((JSON.parse(odd.stdout) as Echo).path, '/a%20b/%C3%BC')
})

test('request -i shows status and headers without those of the connection, --json one document', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const head = await cli(place, ['request', 'auth', '/missing', '-i'])
  assert.match(head.stdout, /^HTTP\/1.1 404 Not Found\n[^]*set-cookie: a=1\nset-cookie: b=2\n\n\{/)
  assert.doesNotMatch(head.stdout, /x-hop|transfer-encoding|connection|meshrt-|date/i)
  const { stdout } = await cli(place, ['request', 'auth', '/', '--json'])
  const document = JSON.parse(stdout) as { schema: string; status: number; body: string }
  assert.deepEqual([document.schema, document.status], ['meshrt.request/v1', 200])
  assert.equal((JSON.parse(document.body) as Echo).path, '/')
})

test('request exits 0 whatever the status is, and 1 from 400 on with --fail', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const codes = await Promise.all(
    [['/missing'], ['/missing', '--fail'], ['/', '--fail']].map((args) => cli(place, ['request', 'auth', ...args])),
  )
  assert.deepEqual(
    codes.map(({ code }) => code),
    [0, 1, 0],
  )
})

test('request says what is wrong with its arguments before it asks anybody', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const table: [string[], RegExp][] = [
    [['auht', '/'], /Did you mean "auth"\?/],
    [['auth/1', '/'], /the mesh chooses the worker/],
    [['auth', '/', '-H', 'nonsense'], /must be "name: value"/],
    [['auth', '/', '-d', '@nowhere'], /Cannot send nowhere/],
    [['auth', '/', '-d', '@.'], /Cannot send \.: it is a folder/],
    [['auth', '/', '-H', 'x: \u65e5\u672c'], /Cannot send the header "x: .*Latin-1 only/],
    [['auth', '/', '-H', 'Host: elsewhere'], /Host is for meshrt to say/],
    [['auth', '/', '-X', 'BAD METHOD'], /Cannot send the method "BAD METHOD"/],
    [['auth', '/', '-X', 'CONNECT'], /Cannot send the method "CONNECT"/],
    [['auth', '/', '--timeout', 'soon'], /a duration like 60s/],
    [['auth', '/', '--timeout', '700h'], /24 days at the most/],
  ]
  const results = await Promise.all(table.map(([args]) => cli(place, ['request', ...args])))
  for (const [at, { code, stderr, stdout }] of results.entries()) {
    assert.deepEqual([code, stdout], [2, ''], table[at]?.[0].join(' '))
    assert.match(stderr, table[at]?.[1] ?? /^$/)
  }
})

test('request says of an answer that breaks off that it is not whole: exit 1', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const [text, json] = await Promise.all([cli(place, ['request', 'auth', '/broken']), cli(place, ['request', 'auth', '/broken', '--json'])])
  assert.deepEqual([text.code, text.stdout], [1, 'half of'])
  assert.match(text.stderr, /^error: Cannot get the whole answer of "auth": it broke off after 7 bytes \[MESHRT_MESH_ABORTED\]\n/)
  assert.deepEqual([json.code, (JSON.parse(json.stdout) as { code: string }).code], [1, 'MESHRT_MESH_ABORTED'])
})
