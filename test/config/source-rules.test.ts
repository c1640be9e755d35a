import assert from 'node:assert/strict'
import { test } from 'node:test'
import { makeWorkspace, summarise, TWO_SERVICES } from './workspace.ts'

const SOURCES = `services:
  auth: { path: auth, isolation: process, cwd: lib }
  web: { command: [python3, app.py], workers: 2, ready: { http: /healthz } }
  shell: { path: db, command: 'ruby app.rb', cwd: .., type: background, ready: { log: up } }
  api: { url: 'https://api.example.com/v1' }
`

test('a service is a module, a command or an address, and each has its own idea of being ready', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const spec = await workspace.load(SOURCES)
  const [auth, web, shell, api] = spec.services
  assert.equal(spec.entrypoint, 'auth', 'the only one that can be it')
  assert.deepEqual(
    [auth, web, shell, api].map((service) => [service?.source.kind, service?.ready.kind, service?.cwd]),
    [
      ['module', 'listen', workspace.at('auth/lib')],
      ['command', 'http', workspace.root],
      ['command', 'log', workspace.root],
      ['remote', 'none', workspace.root],
    ],
  )
  assert.deepEqual(web?.source, { kind: 'command', argv: ['python3', 'app.py'] })
  assert.deepEqual(shell?.source, { kind: 'command', argv: ['/bin/sh', '-c', 'ruby app.rb'] })
  assert.deepEqual(api?.source, { kind: 'remote', url: 'https://api.example.com/v1' })
  // Its folder is that of the runtime file, and a `dev` that reloads for everything helps nobody.
  assert.deepEqual((await workspace.load(SOURCES, { mode: 'dev' })).services[1]?.watch.enabled, false)
})

test('a command that has a server is ready when it accepts connections', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const { services } = await workspace.load('services:\n  a: { command: [x] }\n  b: { command: [x], type: oneshot }\n')
  assert.deepEqual(services.map(({ ready }) => ready.kind), ['tcp', 'none']) // prettier-ignore
})

for (const [line, ...found] of [
  ['{ path: auth, entry: index.js, command: [x] }', 'one-source'],
  ['{ command: [x], url: "http://h" }', 'one-source'],
  ['{ url: "http://h", workers: 2, env: { A: b } }', 'remote-keys', 'remote-keys'],
  ['{ url: "http://h", type: oneshot }', 'remote-type'],
  ['{ url: "http://h", ready: { log: up } }', 'ready-of-remote'],
  ['{ path: auth, url: "ftp://h" }', 'wrong-type'],
  ['{ path: auth, url: "http://u:p@h" }', 'wrong-type'],
  ['{ path: auth, command: [] }', 'wrong-type'],
  ['{ command: [x], config: { a: 1 } }', 'command-keys'],
  ['{ command: [x], isolation: thread }', 'command-keys'],
  ['{ command: [x], limits: { stack: 1mb } }', 'command-limits'],
  ['{ command: [x], health: { check: export } }', 'check-of-module'],
  ['{ command: [x], mesh: { maxInFlight: 3 } }', 'in-flight-of-module'],
  ['{ command: [x], type: background, ready: { tcp: true } }', 'ready-without-server'],
  ['{ command: [x], ready: { tcp: false } }', 'wrong-type'],
  ['{ command: [x], ready: { log: "(" } }', 'wrong-type'],
  ['{ command: [x], ready: { tcp: true, http: / } }', 'wrong-type'],
  ['{ path: auth, ready: { tcp: true } }', 'ready-of-module'],
  ['{ path: auth, cwd: lib }', 'cwd-of-process'],
  ['{ isolation: process }', 'service-path'],
] as const) {
  test(`${line} is a problem: ${[...new Set(found)].join()}`, async (t) => {
    const workspace = await makeWorkspace(t, TWO_SERVICES)
    const problems = await workspace.problems(`services:\n  one: ${line}\n`)
    assert.deepEqual(problems.map(({ rule }) => rule), found) // prettier-ignore
  })
}

test('processes need a system that has process groups, and CPU time one that tells it', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const text = 'services:\n  a: { path: auth, isolation: process, limits: { cpu: 1 } }\n  b: { command: [x] }\n'
  const rules = async (platform: NodeJS.Platform) => (await workspace.problems(text, { platform })).map(({ rule }) => rule)
  assert.deepEqual(await rules('win32'), ['process-platform', 'cpu-limit', 'process-platform'])
  assert.deepEqual(await rules('darwin'), ['cpu-limit'])
  assert.equal((await workspace.load(text, { platform: 'linux', measuresWorkerCpu: false })).services.length, 2)
})

test('the entrypoint cannot be a command or an address', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  for (const service of ['{ command: [x] }', '{ url: "http://h" }']) {
    const problems = await workspace.problems(`entrypoint: one\nservices:\n  one: ${service}\n`)
    assert.deepEqual(summarise(problems), ['1:13 entrypoint-type entrypoint'])
  }
})
