import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

const read = (path: string): string => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')

test('docs/events.md lists every event of the model with its fields, both ways', () => {
  const union = read('src/model/events.ts').split('export type RuntimeEvent =')[1]?.split('export type EventType')[0] ?? ''
  const inCode = new Map<string, string>()
  for (const [, type = '', body = ''] of union.matchAll(/readonly type: '([a-z.-]+)'([^}]*)\}/g)) {
    inCode.set(type, [...body.matchAll(/readonly (\w+):/g)].map((field) => field[1]).join(', '))
  }
  const inDocs = new Map<string, string>()
  for (const [, type = '', fields = ''] of read('docs/events.md').matchAll(/^\| `([a-z.-]+)` +\|[^|]*\|([^|]*)\|$/gm)) {
    inDocs.set(type, fields.replaceAll('`', '').trim())
  }
  assert.ok(inCode.size > 25, 'the scanner has seen the union')
  assert.deepEqual(Object.fromEntries(inDocs), Object.fromEntries(inCode))
})
