import assert from 'node:assert/strict'
import { chmodSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { Background } from '../support/background.ts'
import { ask, generations, Project, PUPPET, serviceOf } from '../support/project.ts'

const gateway = { path: PUPPET, config: { flagFile: 'flags.json' } }

function fileWith(services: object, more: object = {}): string {
  return JSON.stringify({ entrypoint: 'gateway', server: { port: 0 }, ...more, services: { gateway, ...services } }, null, 2)
}

test('reload follows the file, and what the file cannot be leaves everything as it is', async (t) => {
  const project = new Project(t, fileWith({ auth: { path: PUPPET, workers: 2 } }), { env: { SHOP_LEVEL: 'info' } })
  const running = await project.start()
  const write = (text: string): void => project.write({ 'meshrt.yaml': text })
  const untouched = async (): Promise<void> => {
    assert.deepEqual(generations(await running.service('auth')), [1, 1])
    assert.deepEqual(generations(await running.service('gateway')), [1])
  }

  await t.test('nothing is different', async () => {
    const { code, stdout } = await project.run('reload')
    assert.equal(code, 0)
    assert.equal(stdout, '= gateway\n= auth\nNothing to do: the runtime is what the file says\n')
    await untouched()
  })

  await t.test('an invalid file: exit 78, every problem with its line and a caret, as the runtime sees it', async () => {
    write('services:\n  gateway: { path: "${NOT_SET}" }\n  auth: { path: ., wrokers: 2 }\n')
    const { code, stdout, stderr } = await project.run('reload')
    assert.equal(code, 78)
    assert.equal(stdout, '')
    assert.match(
      stderr,
      /MESHRT_CONFIG_INVALID[^]*meshrt\.yaml:2:\d+: [^]*NOT_SET[^]*\^\^\^[^]*meshrt\.yaml:3:20: Unknown key `wrokers`[^]*\^\^\^\^\^\^\^/,
    )
    const { stdout: json } = await project.run('reload', '--json')
    assert.equal((JSON.parse(json) as { problems: unknown[] }).problems.length, 3)
    await untouched()
  })

  await t.test('a file that is gone, or cannot be read: exit 78', async () => {
    rmSync(join(project.root, 'meshrt.yaml'))
    const socket = (await running.ps()).runtime.name
    const gone = await project.run('reload', '--name', socket)
    assert.equal(gone.code, 78, gone.stderr)
    assert.match(gone.stderr, /MESHRT_CONFIG_NOT_FOUND/)
    write(fileWith({}))
    chmodSync(join(project.root, 'meshrt.yaml'), 0)
    // Root reads what nobody may read.
    if (process.getuid?.() !== 0) assert.equal((await project.run('reload')).code, 78)
    chmodSync(join(project.root, 'meshrt.yaml'), 0o600)
    await untouched()
  })

  await t.test('a key that needs a new start: exit 1, with the key, and nothing of the rest is applied', async () => {
    write(fileWith({ auth: { path: PUPPET, workers: 3 } }, { mesh: { domain: '.other' } }))
    const { code, stdout, stderr } = await project.run('reload')
    assert.equal(code, 1)
    assert.match(stdout, /~ runtime\n {4}mesh\.domain {2}\.plt\.local → \.other {2}\(needs a new start\)\n/)
    assert.match(stderr, /MESHRT_RELOAD_NEEDS_RESTART/)
    await untouched()
  })

  await t.test('a dry run prints the plan, secrets hidden, and changes nothing', async () => {
    write(fileWith({ auth: { path: PUPPET, workers: 2, env: { LEVEL: 'debug', API_KEY: 'hunter2' } }, mailer: { path: PUPPET } }))
    const { code, stdout } = await project.run('reload', '--dry-run')
    assert.equal(code, 0)
    const plan =
      '~ auth  its workers are replaced\n    env.LEVEL    - → debug\n    env.API_KEY  - → ***  (secret)\n+ mailer  1 worker\n= gateway\n'
    assert.equal(stdout, `${plan}Nothing was changed: this was a dry run\n`)
    await untouched()
  })

  await t.test('the runtime reads it with its own environment, not with that of the command', async () => {
    write(fileWith({ auth: { path: PUPPET, workers: 2, env: { LEVEL: '${SHOP_LEVEL}' } } }))
    const { stdout } = await project.run('reload', '--dry-run', '--json')
    assert.match(stdout, /"key":"env\.LEVEL","after":"info"/)
  })

  await t.test('what was scaled by hand stays, what is in the file is done, and what can hold at once touches nobody', async () => {
    assert.equal((await project.run('scale', 'auth=3')).code, 0)
    write(fileWith({ auth: { path: PUPPET, workers: 2, health: { interval: '1s' } } }))
    const { code, stderr } = await project.run('reload')
    assert.equal(code, 0, stderr)
    assert.deepEqual(generations(await running.service('auth')), [1, 1, 1])
  })

  await t.test('the first service that is a process is reached by workers that were there before it', async () => {
    write(fileWith({ auth: { path: PUPPET, workers: 2 }, apart: { path: PUPPET, isolation: 'process' } }))
    const { code, stderr } = await project.run('reload')
    assert.equal(code, 0, stderr)
    assert.deepEqual(generations(await running.service('gateway')), [1], 'it was not replaced')
    const { status, body } = await ask(`${await running.url()}/relay?to=${encodeURIComponent('http://apart.plt.local/')}`)
    assert.equal(status, 200, JSON.stringify(body))
  })

  await t.test('whom a service must not call holds at once', async () => {
    const services = { auth: { path: PUPPET, workers: 2 }, apart: { path: PUPPET, isolation: 'process' } }
    write(fileWith(services, { mesh: { deny: { gateway: ['auth'] } } }))
    assert.equal((await project.run('reload')).code, 0)
    const call = async () =>
      JSON.stringify((await ask(`${await running.url()}/relay?to=${encodeURIComponent('http://auth.plt.local/')}`)).body)
    assert.match(await call(), /denied|forbid|MESHRT_MESH_DENIED/i)
    assert.deepEqual(generations(await running.service('gateway')), [1])
    write(fileWith(services))
    assert.equal((await project.run('reload')).code, 0)
    assert.doesNotMatch(await call(), /denied|forbid/i)
  })

  await t.test('a rule of the mesh replaces every worker, and checks through the mesh go on', async () => {
    const services = { auth: { path: PUPPET, health: { check: '/', interval: '100ms' } }, apart: { path: PUPPET, isolation: 'process' } }
    write(fileWith(services, { mesh: { hold: { time: '2s' } } }))
    const { code, stderr } = await project.run('reload')
    assert.equal(code, 0, stderr)
    assert.deepEqual(generations(await running.service('gateway')), [2])
    await running.until('the check has passed', (view) => serviceOf(view, 'auth').workers.every(({ check }) => check?.ok === true))
  })

  await t.test('a service that is removed is unknown to the others', async () => {
    write(fileWith({}, { mesh: { hold: { time: '2s' } } }))
    const { code, stdout } = await project.run('reload')
    assert.equal(code, 0)
    assert.match(stdout, /^- apart\n- auth\n= gateway\nReloaded in .*: 0 added, 0 changed, 2 removed\n/)
    const { body } = await ask(`${await running.url()}/relay?to=${encodeURIComponent('http://auth.plt.local/')}`)
    assert.match(JSON.stringify(body), /MESHRT_MESH_UNKNOWN_SERVICE|unknown/i)
  })
})

test('a runtime that its guardian starts again after a reload is what the reloaded file says', async (t) => {
  const project = new Project(t, fileWith({ old: { path: PUPPET } }))
  const background = new Background(t, project)
  await background.start('--scale', 'gateway=2')
  project.write({ 'meshrt.yaml': fileWith({ mailer: { path: PUPPET } }) })
  const reloaded = await project.run('reload')
  assert.equal(reloaded.code, 0, reloaded.stderr)
  const before = await background.ps()
  const shape = (view: typeof before) => view.services.map(({ id, desired }) => [id, desired])
  assert.deepEqual(shape(before), [['gateway', 2], ['mailer', 1]], '--scale of the start holds') // prettier-ignore
  process.kill(before.runtime.pid, 'SIGKILL')
  const untilMs = performance.now() + 20_000
  let after = before
  while (after.runtime.pid === before.runtime.pid || after.runtime.state !== 'running') {
    assert.ok(performance.now() < untilMs, 'it was not started again')
    after = await background.ps()
  }
  assert.deepEqual(shape(after), shape(before))
  assert.equal(serviceOf(after, 'mailer').state, 'running')
})
