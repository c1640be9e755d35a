import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { test } from 'node:test'
import fc from 'fast-check'
import { stringify } from 'yaml'
import { loadSpec } from '../../src/config/load-spec.ts'
import { MeshrtError } from '../../src/errors/meshrt-error.ts'
import { errorDocument, renderError } from '../../src/errors/render.ts'
import { TWO_SERVICES, makeWorkspace } from './workspace.ts'

const PIECES = [
  'services', 'auth', 'path', 'workers', 'health', 'dependsOn', 'env', ': ', ':\n', '\n', '\n  ', '\n    ', '- ', '[', ']', '{', '}', ', ', '"', "'", '|\n', '>\n',
  '&a ', '*a', '<<', '!!str ', '!x ', '# ', '? ', '${A}', '${A:-', '${', '}', '$${', '__proto__', 'constructor', '1', '5s', 'true', 'null', '\t', '\r\n', '---\n', '...\n', '\u0000', '\u001b[2J', '%YAML 1.1\n', '~', 'é', '💥', '\ufeff', '\u2028',
] // prettier-ignore

const soup = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(''))
const keyName = fc.oneof(
  fc.constantFrom('services', 'auth', 'path', 'workers', 'health', 'env', 'watch', 'enabled', 'limits', 'mesh'),
  fc.string(),
)
const document = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom('auth', '5s', '${A}', 'auto', ''),
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(keyName, tie('value'), { maxKeys: 5 }),
  ),
})).value
const text = fc.oneof(
  soup,
  fc.string({ unit: 'binary', maxLength: 200 }),
  document.map((value) => stringify(value)),
)

test('loadSpec of any text gives a spec or a MeshrtError that can be rendered', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const file = workspace.at('meshrt.yaml')
  let rejected = 0
  await fc.assert(
    fc.asyncProperty(text, async (content) => {
      await writeFile(file, content)
      const result = await loadSpec({ file, mode: 'start', env: { A: '1' } }).catch((error: unknown) => error)
      if (!(result instanceof Error)) return
      rejected++
      assert.ok(result instanceof MeshrtError, `${result.stack}`)
      // oxlint-disable-next-line no-control-regex -- what must not be there
      assert.doesNotMatch(renderError(result, { colour: false }), /[\0-\x09\x0b-\x1f\x7f-\x9f]/)
      assert.ok(JSON.stringify(errorDocument(result)).length > 0)
    }),
    { numRuns: 600 },
  )
  assert.ok(rejected > 0)
})
