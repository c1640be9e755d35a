import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { CATALOGUE, type ErrorCode } from '../../src/errors/catalogue.ts'

const text = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8')

/** Code → the cells of its row: exit code, meaning, hint. */
const documented = new Map(
  [...text.matchAll(/^\| `(MESHRT_\w+)` *\|(.*)\|$/gm)].map(([, code = '', cells = '']) => [
    code,
    cells.split('|').map((cell) => cell.trim()),
  ]),
)

test('docs/errors.md lists exactly the codes of the catalogue', () => {
  assert.ok(documented.size > 20, 'canary: rows were found')
  assert.deepEqual([...documented.keys()].sort(), Object.keys(CATALOGUE).sort())
})

test('docs/errors.md says the exit code, a meaning and the hint of every code', () => {
  for (const [code, [exitCode, meaning, hint]] of documented) {
    const entry = CATALOGUE[code as ErrorCode]
    assert.deepEqual([exitCode, hint], [String(entry.exitCode), entry.hint], code)
    assert.ok((meaning?.length ?? 0) > 10, code)
  }
})

test('docs/errors.md explains every exit code that the catalogue uses', () => {
  const explained = new Set([...text.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code)))
  for (const { exitCode } of Object.values(CATALOGUE)) assert.ok(explained.has(exitCode), String(exitCode))
})
