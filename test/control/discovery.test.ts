import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readMeta } from '../../src/control/meta.ts'
import { findRuntime } from '../../src/control/discovery.ts'
import { here } from '../../src/control/here.ts'
import { openFake, scratch } from './scratch.ts'

test('a runtime is found by its file, by a link to it, by its name, its folder, and its socket', async (t) => {
  const place = scratch(t)
  const { control } = await openFake(t, place)
  const link = join(place.project, 'link.yaml')
  symlinkSync(place.file, link)
  const options = { place: here(place.env), orOnly: false }
  for (const selection of [
    { kind: 'file', file: place.file, named: true },
    { kind: 'file', file: link, named: true },
    { kind: 'name', name: 'shop' },
    { kind: 'folder', path: place.project },
    { kind: 'socket', path: control.socket },
  ] as const) {
    const { socket, meta, note, rebooting } = await findRuntime(selection, options)
    assert.deepEqual({ socket, note, rebooting }, { socket: control.socket, note: null, rebooting: null })
    assert.equal(readMeta(meta)?.file, place.file)
  }
  rmSync(place.file)
  assert.equal(
    (await findRuntime({ kind: 'file', file: place.file, named: true }, options)).socket,
    control.socket,
    'also when its file is gone',
  )
})

test('what was named and does not run is never replaced by another, and the ones that run are listed', async (t) => {
  const place = scratch(t)
  await openFake(t, place)
  const options = { place: here(place.env), orOnly: true }
  for (const selection of [
    { kind: 'file', file: join(place.project, 'other.yaml'), named: true },
    { kind: 'name', name: 'other' },
    { kind: 'socket', path: join(place.project, 'other.sock') },
  ] as const) {
    await assert.rejects(findRuntime(selection, options), { code: 'MESHRT_NO_RUNTIME', message: /running: "shop"/ })
  }
})

test('a command that only looks takes the only running one, and says so', async (t) => {
  const place = scratch(t)
  const { control } = await openFake(t, place)
  const away = { kind: 'folder', path: '/' } as const
  const found = await findRuntime(away, { place: here(place.env), orOnly: true })
  assert.equal(found.socket, control.socket)
  assert.match(found.note ?? '', /only running one: "shop"/)
  await assert.rejects(findRuntime(away, { place: here(place.env), orOnly: false }), { code: 'MESHRT_NO_RUNTIME' })
  const second = join(place.project, 'second.yaml')
  writeFileSync(second, '')
  await openFake(t, { ...place, file: second })
  await assert.rejects(findRuntime(away, { place: here(place.env), orOnly: true }), { code: 'MESHRT_NO_RUNTIME' })
  await assert.rejects(findRuntime({ kind: 'folder', path: place.project }, { place: here(place.env), orOnly: true }), {
    code: 'MESHRT_USAGE',
  })
})

test('a client refuses a folder or a socket that others can use', async (t) => {
  const place = scratch(t)
  const { control } = await openFake(t, place)
  const find = () => findRuntime({ kind: 'file', file: place.file, named: true }, { place: here(place.env), orOnly: false })
  chmodSync(control.socket, 0o666)
  await assert.rejects(find(), { code: 'MESHRT_SOCKET_UNSAFE' })
  chmodSync(control.socket, 0o600)
  chmodSync(place.controlDir, 0o777)
  await assert.rejects(find(), { code: 'MESHRT_SOCKET_UNSAFE' })
  chmodSync(place.controlDir, 0o700)
  const elsewhere = scratch(t)
  mkdirSync(join(elsewhere.project, 'real'), { mode: 0o700 })
  symlinkSync(join(elsewhere.project, 'real'), elsewhere.controlDir)
  const selection = { kind: 'file', file: place.file, named: true } as const
  await assert.rejects(findRuntime(selection, { place: here(elsewhere.env), orOnly: false }), { code: 'MESHRT_SOCKET_UNSAFE' })
})
