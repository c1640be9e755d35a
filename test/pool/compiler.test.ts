import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { compilerNeed, compilerSettings } from '../../src/pool/compiler.ts'
import { tempDir, writeFiles } from '../support/temp-dir.ts'

const coded = (code: string) => Object.assign(new Error(code), { code })
const TS = '/service/src/main.ts'

test('compilerNeed is sure of syntax that cannot be stripped, and thinks it possible of what a compiler could resolve', () => {
  const cases: [unknown, string, string][] = [
    [coded('ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'), TS, 'sure'],
    [coded('ERR_INVALID_TYPESCRIPT_SYNTAX'), '/service/index.js', 'sure'],
    [new SyntaxError('Invalid or unexpected token'), TS, 'perhaps'],
    [coded('ERR_MODULE_NOT_FOUND'), TS, 'perhaps'],
    [coded('MODULE_NOT_FOUND'), '/service/index.cts', 'perhaps'],
    [coded('ERR_UNKNOWN_FILE_EXTENSION'), '/service/index.tsx', 'perhaps'],
    [coded('ERR_MODULE_NOT_FOUND'), '/service/index.js', 'none'],
    [new SyntaxError('Invalid or unexpected token'), '/service/index.mjs', 'none'],
    [coded('E_NO_DB'), TS, 'none'],
    ['a string', TS, 'none'],
  ]
  for (const [error, entry, need] of cases) assert.equal(compilerNeed(error, { mode: 'auto', entry }), need, String(error))
})

test('compilerNeed has nothing to say where the runtime file says it', () => {
  for (const mode of ['native', 'tsx'] as const) {
    assert.equal(compilerNeed(coded('ERR_UNSUPPORTED_TYPESCRIPT_SYNTAX'), { mode, entry: TS }), 'none')
  }
})

test('compilerSettings finds the tsconfig of the service, in its folder or above', (t) => {
  const root = tempDir(t)
  writeFiles(root, { 'tsconfig.json': '{}', 'own/tsconfig.json': '{}', 'own/src/main.ts': '', 'shared/main.ts': '' })
  const configOf = (entry: string) => compilerSettings(join(root, entry)).env['TSX_TSCONFIG_PATH']
  assert.equal(configOf('own/src/main.ts'), join(root, 'own/tsconfig.json'))
  assert.equal(configOf('shared/main.ts'), join(root, 'tsconfig.json'))
})
