import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TWO_SERVICES, makeWorkspace, pointedAt, summarise } from './workspace.ts'

const SERVICES = 'services: { auth: { path: auth }, db: { path: db } }\nentrypoint: auth\n'

test('a check asks the entrypoint over the network, another service through the mesh, and may be short', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const { smoke } = await workspace.load(`${SERVICES}smoke: [{}, { service: db, expect: { status: 404 } }, { via: mesh, path: /a }]\n`)
  const defaults = { method: 'GET', path: '/', headers: {}, timeoutMs: 10_000, expect: {} }
  assert.deepEqual(structuredClone(smoke), [
    { ...defaults, service: 'auth', via: 'entrypoint' },
    { ...defaults, service: 'db', via: 'mesh', expect: { status: 404 } },
    { ...defaults, service: 'auth', via: 'mesh', path: '/a' },
  ])
  assert.deepEqual((await workspace.load(`${SERVICES}smoke:\n`)).smoke, [])
})

test('what is wrong with a check is told at its place', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const table: [string, string, string][] = [
    ['smoke: { path: / }', 'wrong-type smoke', ''],
    ['smoke: [/health]', 'wrong-type smoke', ''],
    ['smoke:\n  - pth: /x', 'unknown-key smoke[0].pth', 'pth'],
    ['smoke:\n  - expect: { stauts: 200 }', 'unknown-key smoke[0].expect.stauts', 'stauts'],
    ['smoke:\n  - path: health', 'wrong-type smoke', ''],
    ['smoke:\n  - service: dbb', 'smoke-service smoke[0].service', 'dbb'],
    ['smoke:\n  - { service: db, via: entrypoint }', 'smoke-via smoke[0].via', 'entrypoint'],
    ['smoke:\n  - { body: x }', 'smoke-body smoke[0].body', 'x'],
    ['smoke:\n  - { headers: { "x": "a\\nb" } }', 'wrong-type smoke', ''],
  ]
  for (const [text, expected, pointed] of table) {
    const [problem, ...others] = await workspace.problems(`${SERVICES}${text}\n`)
    assert.ok(problem && others.length === 0, text)
    assert.match(summarise([problem])[0] ?? '', new RegExp(`^\\d+:\\d+ ${expected.replaceAll(/[[\].]/g, '\\$&')}$`))
    if (pointed !== '') assert.equal(pointedAt(problem), pointed)
  }
})

test('a check of what cannot be asked is refused: an entrypoint that is not there, a service that is off or has no server', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const rules = async (text: string) => (await workspace.problems(text)).map(({ rule }) => rule)
  const two = (db: string) => `services: { auth: { path: auth }, db: { path: db, ${db} } }\n`
  assert.deepEqual(await rules(`${two('workers: 1')}smoke: [{}]\n`), ['smoke-service'])
  assert.deepEqual(await rules(`${two('type: background')}smoke: [{ service: db }]\n`), ['smoke-service'])
  assert.deepEqual(await rules(`${two('enabled: { start: false }')}smoke: [{ service: db }]\n`), ['smoke-service'])
})
