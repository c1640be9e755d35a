import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { renderConfigurationDocument } from './configuration-document.ts'

const FILE = join(import.meta.dirname, '../../docs/configuration.md')

test('docs/configuration.md is what the schema says (UPDATE_DOCS=1 writes it)', () => {
  const expected = renderConfigurationDocument()
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(FILE, expected)
  assert.ok(expected.includes('| `blockedAfter` | a duration of at least 100ms'), 'canary: the schema was read')
  assert.equal(readFileSync(FILE, 'utf8'), expected)
})
