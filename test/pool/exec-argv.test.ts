import assert from 'node:assert/strict'
import { test } from 'node:test'
import { execArgvOf } from '../../src/pool/exec-argv.ts'

const options = { compiler: [], readable: ['/meshrt'], writable: [], canDenyNet: true }
const node = { argv: [], execArgv: ['--no-warnings'], nodeOptions: '', preload: [], sourceMaps: true }

test('execArgvOf puts what the service asks for last', () => {
  assert.deepEqual(execArgvOf({ node, permissions: null }, options), ['--enable-source-maps', '--no-warnings'])
})

test('execArgvOf has tsx compile for those that need it', () => {
  const argv = execArgvOf({ node: { ...node, sourceMaps: false }, permissions: null }, { ...options, compiler: ['--import', 'tsx'] })
  assert.deepEqual(argv, ['--import', 'tsx', '--no-warnings'])
})
