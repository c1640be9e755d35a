import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { interpolate } from '../../src/config/interpolate.ts'

const VALUES: Readonly<Record<string, string>> = { A: 'a', EMPTY: '', REF: '${A}' }
const run = (text: string) => interpolate(text, (name) => VALUES[name])

test('interpolate replaces references and leaves everything else', () => {
  const cases = {
    '${A}': 'a',
    'x${A}y${A}': 'xaya',
    '${EMPTY}': '',
    '${EMPTY:-d}': 'd',
    '${NO:-}': '',
    '${NO:-a b: c}': 'a b: c',
    '${NO:-${A}}': 'a',
    '${NO:-${ALSO_NO:-deep}}!': 'deep!',
    '${A:-${NO}}': 'a',
    '${A:?why}': 'a',
    '$${A}': '${A}',
    '$$${A}': '$${A}',
    '${REF}': '${A}',
    '$A $ {A} $(A)': '$A $ {A} $(A)',
    '${NO:-$${A}}': '${A}',
  }
  for (const [text, expected] of Object.entries(cases)) assert.deepEqual([run(text).text, run(text).faults], [expected, []], text)
})

test('interpolate reports every reference without a value, and where it is', () => {
  assert.deepEqual(
    run('${NO} ${A} ${NOT:?ask me} ${EMPTY:?}').faults.map(({ reference, index, message }) => [reference, index, message]),
    [
      ['${NO}', 0, '${NO} is not set'],
      ['${NOT:?ask me}', 11, '${NOT} is not set: ask me'],
      ['${EMPTY:?}', 26, '${EMPTY} is not set'],
    ],
  )
})

test('interpolate reports what only looks like a reference', () => {
  for (const text of ['${', '${}', '${1A}', '${A', '${A-b}', '${A:b}', '${ A }', '${A:-x', '${A.b}', '${NO:-'.repeat(50)]) {
    assert.equal(run(text).faults.length, 1, text)
  }
})

test('interpolate of a text without references is that text, and it never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('$', '{', '}', ':', '-', '?', 'A', 'é', ' ') }), (text) => {
      const { text: result, touched } = run(text)
      if (!touched) assert.equal(result, text)
    }),
  )
})
