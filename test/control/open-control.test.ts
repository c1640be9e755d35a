import assert from 'node:assert/strict'
import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { hasMeshrtCode } from '../../src/errors/meshrt-error.ts'
import { ControlClient } from '../../src/control/client.ts'
import { makeMeta, writeMeta } from '../../src/control/meta.ts'
import { ownIdentity } from '../../src/control/process-identity.ts'
import { here } from '../../src/control/here.ts'
import { openControl } from '../../src/control/open-control.ts'
import { probeSocket } from '../../src/control/probe.ts'
import { pathsOfFile } from '../../src/control/socket-path.ts'
import { openFake, scratch, type Scratch } from './scratch.ts'

test('the folder is 0700 and the socket, its meta file and its lock are 0600 whatever the umask is', async (t) => {
  const place = scratch(t)
  const umask = process.umask(0o000)
  t.after(() => process.umask(umask))
  const { control } = await openFake(t, place)
  assert.equal(lstatSync(place.controlDir).mode & 0o777, 0o700)
  const modes = readdirSync(place.controlDir).map((name) => lstatSync(join(place.controlDir, name)).mode & 0o777)
  assert.deepEqual(modes, [0o600, 0o600, 0o600])
  assert.ok(statSync(control.socket).isSocket())
  assert.equal(process.umask(0), 0, 'the umask is back')
})

test('close leaves nothing behind, and may be called twice', async (t) => {
  const place = scratch(t)
  const { control } = await openFake(t, place)
  await Promise.all([control.close(), control.close()])
  assert.deepEqual(readdirSync(place.controlDir), [])
})

test('a folder that others can enter, a symlink, or a plain file in its place is refused', async (t) => {
  const refuse = async (prepare: (place: Scratch) => void): Promise<void> => {
    const place = scratch(t)
    prepare(place)
    await assert.rejects(openControl({ name: 'x', file: place.file, socket: null, env: place.env }), { code: 'MESHRT_SOCKET_UNSAFE' })
  }
  await refuse(({ controlDir }) => {
    mkdirSync(controlDir)
    chmodSync(controlDir, 0o755)
  })
  await refuse(({ controlDir, project }) => {
    mkdirSync(join(project, 'elsewhere'), { mode: 0o700 })
    symlinkSync(join(project, 'elsewhere'), controlDir)
  })
  await refuse(({ controlDir }) => writeFileSync(controlDir, ''))
})

test('a file that is no socket is neither used nor removed', async (t) => {
  const place = scratch(t)
  mkdirSync(place.controlDir, { mode: 0o700 })
  const { socket } = pathsOfFile(place.file, here(place.env))
  writeFileSync(socket, 'mine', { mode: 0o600 })
  await assert.rejects(openControl({ name: 'x', file: place.file, socket: null, env: place.env, ownerDeadlineMs: 300 }), {
    code: 'MESHRT_SOCKET_UNSAFE',
  })
  assert.ok(statSync(socket).isFile())
  assert.equal(readdirSync(place.controlDir).length, 1, 'the lock was given up')
})

test('a path that is too long for a socket is a clear error', async (t) => {
  const place = scratch(t)
  const env = { ...place.env, XDG_RUNTIME_DIR: join(place.project, 'x'.repeat(100)) }
  await assert.rejects(openControl({ name: 'x', file: place.file, socket: null, env }), { code: 'MESHRT_SOCKET_PATH_TOO_LONG' })
})

test('a second runtime of the same file is told who runs already', async (t) => {
  const place = scratch(t)
  await openFake(t, place)
  await assert.rejects(openFake(t, place), (error) => {
    assert.ok(hasMeshrtCode(error) && error.code === 'MESHRT_ALREADY_RUNNING')
    assert.match(error.message, new RegExp(`"shop" is already running as process ${process.pid}, for \\d+s`))
    return true
  })
})

test('different projects run side by side', async (t) => {
  const [one, other] = [scratch(t), scratch(t)]
  await openFake(t, one)
  await openFake(t, { file: other.file, env: one.env })
  assert.equal(readdirSync(one.controlDir).filter((name) => name.endsWith('.sock')).length, 2)
})

test('what a killed runtime left behind does not keep the next one from starting', async (t) => {
  const place = scratch(t)
  const child = await startChild(t, place)
  child.kill('SIGKILL')
  await once(child, 'exit')
  const { socket } = pathsOfFile(place.file, here(place.env))
  assert.equal(await probeSocket(socket, 1000), 'refused', 'the stale socket is still there')
  const { control } = await openFake(t, place)
  assert.equal((await new ControlClient(control.socket).view()).runtime.name, 'shop')
  assert.equal(readdirSync(place.controlDir).length, 3, 'the dead claim is gone')
})

test('a socket that accepts and stays silent is not touched', async (t) => {
  const place = scratch(t)
  mkdirSync(place.controlDir, { mode: 0o700 })
  const { socket } = pathsOfFile(place.file, here(place.env))
  const silent = createServer(() => {})
  await new Promise<void>((resolve) => silent.listen(socket, resolve))
  chmodSync(socket, 0o600)
  t.after(() => silent.close())
  await assert.rejects(openControl({ name: 'x', file: place.file, socket: null, env: place.env, ownerDeadlineMs: 300 }), {
    code: 'MESHRT_NOT_ANSWERING',
  })
  assert.ok(statSync(socket).isSocket())
})

test('of twenty that start at once exactly one runs', async (t) => {
  const place = scratch(t)
  const tries = await Promise.allSettled(
    Array.from({ length: 20 }, () => openControl({ name: 'x', file: place.file, socket: null, env: place.env, ownerDeadlineMs: 5000 })),
  )
  const opened = tries.filter((one) => one.status === 'fulfilled')
  t.after(() => opened[0]?.value.close())
  assert.equal(opened.length, 1)
  for (const one of tries) if (one.status === 'rejected') assert.equal((one.reason as { code: string }).code, 'MESHRT_ALREADY_RUNNING')
})

test('of five processes that start at once over a stale lock exactly one runs', async (t) => {
  const place = scratch(t)
  const first = await startChild(t, place)
  first.kill('SIGKILL')
  await once(first, 'exit')
  const children = Array.from({ length: 5 }, () => forkChild(t, place))
  const answers = await Promise.all(children.map(async (child) => (await once(child, 'message'))[0] as string))
  assert.deepEqual(answers.sort(), [
    'MESHRT_ALREADY_RUNNING',
    'MESHRT_ALREADY_RUNNING',
    'MESHRT_ALREADY_RUNNING',
    'MESHRT_ALREADY_RUNNING',
    'open',
  ])
})

test('an explicit socket works anywhere that only we can write to', async (t) => {
  const place = scratch(t)
  const socket = join(place.project, 'own.sock')
  const control = await openControl({ name: 'x', file: place.file, socket, env: place.env })
  assert.equal(lstatSync(socket).mode & 0o777, 0o600)
  await control.close()
  assert.deepEqual(readdirSync(place.project), ['meshrt.yaml'])
  const open = join(place.project, 'open')
  mkdirSync(open)
  chmodSync(open, 0o777)
  await assert.rejects(openControl({ name: 'x', file: place.file, socket: join(open, 's.sock'), env: place.env }), {
    code: 'MESHRT_SOCKET_UNSAFE',
  })
  rmSync(open, { recursive: true })
})

function forkChild(t: TestContext, place: Scratch): ChildProcess {
  const child = fork(new URL('./control-child.ts', import.meta.url), [place.file], {
    env: place.env,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  t.after(() => child.kill('SIGKILL'))
  return child
}

async function startChild(t: TestContext, place: Scratch): Promise<ChildProcess> {
  const child = forkChild(t, place)
  assert.deepEqual((await once(child, 'message'))[0], 'open')
  return child
}

test('a meta file that cannot be put in its place leaves nothing behind', (t) => {
  const { project } = scratch(t)
  const path = join(project, 'x.json')
  mkdirSync(join(path, 'in-the-way'), { recursive: true })
  const facts = { ...ownIdentity(), name: 'shop', file: path, startedAt: 0, socket: path, guardian: null }
  assert.throws(() => writeMeta(path, makeMeta(facts)))
  assert.deepEqual(
    readdirSync(project).filter((name) => name.startsWith('x.json.')),
    [],
  )
})

test('a folder without space, or without inodes, is a clear error, and nothing is left in it', async (t) => {
  for (const [limit, fills] of [
    ['size=16k', true],
    ['nr_inodes=3', false],
    ['nr_inodes=4', false],
  ] as const) {
    const place = scratch(t)
    mkdirSync(place.controlDir, { mode: 0o700 })
    if (!mountTiny(place.controlDir, limit)) return t.skip('a file system cannot be mounted here')
    try {
      if (fills) assert.throws(() => writeFileSync(join(place.controlDir, 'filler'), Buffer.alloc(64 * 1024)), { code: 'ENOSPC' })
      else writeFileSync(join(place.controlDir, 'filler'), '')
      const opening = openControl({ name: 'shop', file: place.file, socket: null, env: place.env })
      await assert.rejects(opening, { code: 'MESHRT_SOCKET_NO_SPACE' }, limit)
      assert.deepEqual(readdirSync(place.controlDir), ['filler'], limit)
    } finally {
      execFileSync('umount', [place.controlDir])
    }
  }
})

function mountTiny(dir: string, limit: string): boolean {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=700,${limit}`, 'tmpfs', dir], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
