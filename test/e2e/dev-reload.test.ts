import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, Project, PUPPET, serviceOf } from '../support/project.ts'

const DEADLINE_MS = 15_000

/** The same tiny service in three kinds; `version` is what it answers. */
const KINDS = {
  esm: {
    entry: 'index.mjs',
    source: (version: string) => `export default (request, response) => response.end(${JSON.stringify(version)})\n`,
  },
  cjs: {
    entry: 'index.cjs',
    source: (version: string) =>
      `require('node:http').createServer((request, response) => response.end(${JSON.stringify(version)})).listen(3000)\n`,
  },
  ts: {
    entry: 'index.ts',
    source: (version: string) =>
      `import { createServer, type Server } from 'node:http'\n` +
      `const version: string = ${JSON.stringify(version)}\n` +
      `export function create(): Server {\n  return createServer((_request, response) => void response.end(version))\n}\n`,
  },
} as const

type Kind = keyof typeof KINDS

test('dev reloads a service on every change of its files, and keeps the last good version', async (t) => {
  const kinds = Object.keys(KINDS) as Kind[]
  const project = new Project(
    t,
    {
      entrypoint: 'front',
      server: { port: 0 },
      workers: 2,
      services: { front: { path: PUPPET }, ...Object.fromEntries(kinds.map((kind) => [kind, { path: kind, entry: KINDS[kind].entry }])) },
    },
    { files: Object.fromEntries(kinds.map((kind) => [`${kind}/${KINDS[kind].entry}`, KINDS[kind].source('v1')])) },
  )
  const running = await project.start('dev')
  const url = await running.url()

  const versionOf = async (kind: Kind): Promise<string> => {
    const { status, body } = await ask(`${url}/relay?to=http://${kind}.plt.local/`)
    assert.equal(status, 200, `${kind} failed while it was reloaded: ${JSON.stringify(body)}\n${running.cli.output}`)
    return String(body)
  }
  const save = (kind: Kind, source: string): void => project.write({ [`${kind}/${KINDS[kind].entry}`]: source })
  const becomes = async (kind: Kind, version: string): Promise<void> => {
    const untilMs = performance.now() + DEADLINE_MS
    let answer = ''
    while (performance.now() < untilMs) {
      answer = await versionOf(kind)
      if (answer === version) return
    }
    assert.fail(`${kind} still answers ${answer}, not ${version}\n${running.cli.output}`)
  }

  await t.test('every service has one worker, whatever the file says', async () => {
    const view = await running.ps()
    assert.equal(view.runtime.mode, 'dev')
    for (const service of view.services) assert.equal(service.desired, 1, service.id)
  })

  for (const kind of kinds) {
    await t.test(`${kind}: v1 → v2 → v3`, async () => {
      assert.equal(await versionOf(kind), 'v1')
      save(kind, KINDS[kind].source('v2'))
      await becomes(kind, 'v2')
      save(kind, KINDS[kind].source('v3'))
      await becomes(kind, 'v3')
    })
  }

  await t.test('a syntax error is shown with its file, the last good version serves on, the fix recovers', async () => {
    save('esm', 'export default (request, response) => {{{\n')
    await running.cli.waitFor(/SyntaxError/, DEADLINE_MS)
    assert.match(running.cli.output, /esm[/\\]index\.mjs/)
    assert.equal(await versionOf('esm'), 'v3')
    save('esm', KINDS.esm.source('v4'))
    await becomes('esm', 'v4')
    await running.until('esm runs', (view) => serviceOf(view, 'esm').state === 'running')
  })

  await t.test('the other services were not touched by it', async () => {
    assert.equal(await versionOf('cjs'), 'v3')
    const view = await running.ps()
    assert.equal(serviceOf(view, 'front').workers[0]?.generation, 1)
  })
})

test('dev follows the runtime file itself: by its plan, with one worker each, and not when it is broken', async (t) => {
  const file = (services: object, server = { port: 0 }): string =>
    JSON.stringify({ entrypoint: 'front', server, services: { front: { path: PUPPET }, ...services } })
  const project = new Project(t, file({ old: { path: PUPPET } }), { files: { 'late/index.mjs': KINDS.esm.source('v1') } })
  const running = await project.start('dev')
  const url = await running.url()
  const save = (text: string): void => project.write({ 'meshrt.yaml': text })

  save(file({ late: { path: 'late', workers: 3 } }))
  const ids = ['front', 'late']
  const view = await running.until('the plan was carried out', ({ services }) => services.map(({ id }) => id).join() === ids.join())
  assert.equal(serviceOf(view, 'late').desired, 1)
  assert.equal(serviceOf(view, 'front').workers[0]?.generation, 1, 'what has not changed is not loaded anew')
  assert.deepEqual(await ask(`${url}/relay?to=http://late.plt.local/`), { status: 200, body: 'v1' })

  save('services: [oops\n')
  await running.cli.waitFor(/reload rejected: Cannot use .*meshrt\.yaml:\d+:\d+: /, DEADLINE_MS)
  save(file({ late: { path: 'late' } }, { port: 1 }))
  await running.cli.waitFor(/reload rejected: .*only a new start changes server\.port/, DEADLINE_MS)
  assert.equal((await ask(`${url}/relay?to=http://late.plt.local/`)).body, 'v1')

  // The files of a service that was not there at the start are watched, too.
  project.write({ 'late/index.mjs': KINDS.esm.source('v2') })
  const untilMs = performance.now() + DEADLINE_MS
  while ((await ask(`${url}/relay?to=http://late.plt.local/`)).body !== 'v2') assert.ok(performance.now() < untilMs, running.cli.output)
})
