import assert from 'node:assert/strict'
import { test } from 'node:test'
import { explainDenied } from '../../src/errors/access-denied.ts'

function denied(option: string, resource?: string): Error {
  const error = new Error(`Access to this API has been restricted. Use --allow-${option} to manage permissions.`)
  return Object.assign(error, { code: 'ERR_ACCESS_DENIED', ...(resource === undefined ? {} : { resource }) })
}

const CASES = [
  [denied('fs-read', '/etc/passwd'), 'Cannot read /etc/passwd: denied to "web"; add the path to services.web.permissions.fs.read'],
  [denied('fs-write', '/x'), 'Cannot write /x: denied to "web"; add the path to services.web.permissions.fs.write'],
  [denied('child-process', 'git'), 'Cannot start the process git: denied to "web"; set services.web.permissions.child: true'],
  [denied('worker', ''), 'Cannot start a thread: denied to "web"; set services.web.permissions.worker: true'],
  [denied('net'), 'Cannot use the network: denied to "web"; set services.web.permissions.net: true'],
  [
    Object.assign(new Error('Cannot load native addon'), { code: 'ERR_DLOPEN_DISABLED' }),
    'Cannot load a native add-on: denied to "web"; set services.web.permissions.addons: true',
  ],
] as const

test('explainDenied names what was wanted and the key that would grant it, and keeps the cause', () => {
  for (const [error, message] of CASES) {
    const explained = explainDenied(error, 'web') as Error & { code: string }
    assert.deepEqual([explained.code, explained.message, explained.cause], ['MESHRT_PERMISSION_DENIED', message, error])
  }
})

test('explainDenied returns any other error as it is', () => {
  for (const error of [new Error('x'), null, 'text', denied('wasi'), Object.assign(new Error('x'), { code: 'ENOENT' })])
    assert.equal(explainDenied(error, 'web'), error)
})
