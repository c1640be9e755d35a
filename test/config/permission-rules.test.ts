import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TWO_SERVICES, makeWorkspace, summarise } from './workspace.ts'

const service = (permissions: string): string => `entrypoint: none\nservices:\n  auth:\n    path: auth\n    permissions: ${permissions}\n`

test('permissions deny what is not listed, are relative to the service, and make it a process', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const [auth] = (await workspace.load(service('{ fs: { read: [data, ../shared, "*"], write: [/tmp] }, child: true }'))).services
  assert.equal(auth?.isolation, 'process')
  assert.deepEqual(auth.permissions, {
    fs: { read: [workspace.at('auth/data'), workspace.at('shared'), '*'], write: ['/tmp'] },
    net: false,
    child: true,
    worker: false,
    addons: false,
  })
  const [nothing] = (await workspace.load(`${service('')}    isolation: thread\n`)).services
  assert.equal(nothing?.isolation, 'thread')
  assert.deepEqual(nothing.permissions?.fs, { read: [], write: [] })
})

test('to deny the network is a problem where Node.js cannot, and to grant it is none', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const problems = await workspace.problems(service('{ net: false }'), { canDenyNet: false })
  assert.deepEqual(summarise(problems), ['5:25 permission-net services.auth.permissions.net'])
  assert.ok(await workspace.load(service('{ net: true }'), { canDenyNet: false }))
  assert.ok(await workspace.load(service('{ net: false }'), { canDenyNet: true }))
})

test('an entrypoint that may not use the network is a problem where Node.js would keep it from listening', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const text = service('{ child: true }').replace('none', 'auth')
  const problems = await workspace.problems(text, { canDenyNet: true })
  assert.deepEqual(summarise(problems), ['5:5 permission-listen services.auth.permissions.net'])
  assert.ok(await workspace.load(text, { canDenyNet: false }))
  assert.ok(await workspace.load(text.replace('true', 'true, net: true'), { canDenyNet: true }))
})
