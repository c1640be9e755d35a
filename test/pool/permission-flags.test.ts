import assert from 'node:assert/strict'
import { test } from 'node:test'
import { permissionFlags } from '../../src/pool/permission-flags.ts'
import { permissionWarnings } from '../../src/pool/permission-warnings.ts'

const nothing = { fs: { read: [], write: [] }, net: false, child: false, worker: false, addons: false }
const options = { readable: ['/app/web'], writable: [], canDenyNet: true }

test('permissionFlags grants what the worker itself needs, and nothing else, when nothing is listed', () => {
  assert.deepEqual(permissionFlags(nothing, options), ['--permission', '--allow-fs-read=/app/web', '--allow-fs-read=/app/web/*'])
})

test('permissionFlags grants each thing that is listed, a folder also before it exists, and everything by an asterisk', () => {
  const all = { fs: { read: ['*'], write: ['/data', '/data'] }, net: true, child: true, worker: true, addons: true }
  assert.deepEqual(permissionFlags(all, { ...options, readable: [], writable: [] }), [
    '--permission',
    '--allow-fs-read=*',
    '--allow-fs-write=/data',
    '--allow-fs-write=/data/*',
    '--allow-net',
    '--allow-child-process',
    '--allow-worker',
    '--allow-addons',
  ])
})

test('permissionFlags has no option for the network where Node.js has none', () => {
  assert.ok(!permissionFlags({ ...nothing, net: true }, { ...options, canDenyNet: false }).includes('--allow-net'))
})

const host = { place: 'thread', workingDirectory: '/srv/app', hasProcesses: false, canDenyNet: true, nodeVersion: 'v24.21.0' } as const

test('permissionWarnings names the working directory that a thread can read, unless it may', () => {
  assert.match(permissionWarnings(nothing, host).join(), /reading \/srv\/app:/)
  assert.match(permissionWarnings({ ...nothing, fs: { read: ['/srv/ap'], write: [] } }, host).join(), /reading \/srv\/app:/)
  for (const read of ['/srv', '/srv/app', '*', '/'])
    assert.deepEqual(permissionWarnings({ ...nothing, fs: { read: [read], write: [] } }, host), [])
})

test('permissionWarnings says nothing of the working directory of a process, which is kept from it', () => {
  assert.deepEqual(permissionWarnings(nothing, { ...host, place: 'process' }), [])
})

test('permissionWarnings says that the network is open where it cannot be denied', () => {
  const readsAll = { ...nothing, fs: { read: ['*'], write: [] } }
  assert.match(permissionWarnings(readsAll, { ...host, canDenyNet: false }).join(), /Node\.js v24\.21\.0/)
  assert.deepEqual(permissionWarnings({ ...readsAll, net: true }, { ...host, canDenyNet: false }), [])
})

test('permissionWarnings says that a thread without the network does not reach processes, where it can be denied', () => {
  const readsAll = { ...nothing, fs: { read: ['*'], write: [] } }
  const among = { ...host, hasProcesses: true }
  assert.match(permissionWarnings(readsAll, among).join(), /services that are processes/)
  assert.deepEqual(permissionWarnings(readsAll, { ...among, place: 'process' }), [])
  assert.deepEqual(permissionWarnings({ ...readsAll, net: true }, among), [])
  assert.doesNotMatch(permissionWarnings(readsAll, { ...among, canDenyNet: false }).join(), /processes/)
})
