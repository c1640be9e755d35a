import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { maskSecrets } from '../../src/config/mask-secrets.ts'
import { parseYaml } from '../../src/config/parse-yaml.ts'
import { makeWorkspace, pointedAt, TWO_SERVICES } from './workspace.ts'

function masked(text: string): string {
  return maskSecrets(text, parseYaml(text).root)
}

test('maskSecrets hides what secret names stand for, at any depth, and nothing of what services are called', () => {
  const table: [string, string][] = [
    ['c: { path: ./c, env: {API_KEY: CANARY2, PLAIN: "${TOK}"} }', 'c: { path: ./c, env: {API_KEY: *******, PLAIN: "${TOK}"} }'],
    ["env: { API_KEY: 'a b', TOKEN: 12345 }", "env: { API_KEY: '***', TOKEN: ***** }"],
    ['config: { auth: { user: bob, list: [x, yy] } }', 'config: { auth: { user: ***, list: [*, **] } }'],
    [
      'services: { auth: { path: ./auth, dependsOn: { tokens: ready } } }',
      'services: { auth: { path: ./auth, dependsOn: { tokens: ready } } }',
    ],
    ['env:\n  KEY: |\n    one two\n    three\n  A: b', 'env:\n  KEY: *\n    *******\n    *****\n  A: b'],
    ['env: { A: &a secret, KEY: *a }', 'env: { A: &a ******, KEY: *a }'],
    ['env: { API_KEY: "a${B}c${D:-e}" }', 'env: { API_KEY: "*${B}*${D:-**" }'],
    ['url: "postgres://app:pass@db/shop?x=${Y}"', 'url: "postgres://app:****@db/shop?x=${Y}"'],
  ]
  for (const [text, shown] of table) assert.equal(masked(text), shown)
})

test('maskSecrets hides what looks like a secret where the text is not YAML', () => {
  const table: [string, string][] = [
    ['c: { env: {API_KEY: CANARY, B: c }', 'c: { env: {API_KEY: **************'],
    ["env: { DB_PASSWORD: 'hun'ter2' }", 'env: { DB_PASSWORD: ************'],
    ['e: {DB_PASSWORD: a{hunter2 ${B}', 'e: {DB_PASSWORD: **********${B}'],
    ['{"MY SECRET KEY": x', '{"MY SECRET KEY": *'],
    ['DB_PASSWORD:\n  "hunter2\nA: b', 'DB_PASSWORD:\n  ********\nA: b'],
    ['env:\n  DB_PASSWORD = x\n  A: {', 'env:\n  DB_PASSWORD = *\n  A: {'],
    ['auth: { path: ./auth, A: [', 'auth: { path: ./auth, A: ['],
    ['c: { env: {"API_KEY": "CAN,ARY, B: c }', 'c: { env: {"API_KEY": ****************'],
    ['\tAPI_KEY: one, two # three', '\tAPI_KEY: ****************'],
    ['env:\n  PRIVATE_KEY: |\n    AAA\n   BBB\n  A: b: c', 'env:\n  PRIVATE_KEY: *\n    ***\n   ***\n  A: b: c'],
    ['services:\n  auth:\n    path ./auth\n    a: b: c', 'services:\n  auth:\n    ***********\n    a: b: c'],
  ]
  for (const [text, shown] of table) {
    assert.equal(parseYaml(text).root, null, text)
    assert.equal(masked(text), shown)
  }
})

test('maskSecrets moves nothing: what is masked is as long, line by line', () => {
  const piece = fc.constantFrom(
    'KEY: ',
    'a: ',
    '{',
    '}',
    '"',
    "'",
    '\n',
    '  ',
    '- ',
    '${A}',
    '|',
    'https://u:p@h',
    '😀',
    '*',
    '&x ',
    ',',
    '\r\n',
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
      const text = pieces.join('')
      const lengths = (of: string): readonly number[] => of.split('\n').map((line) => line.length)
      assert.deepEqual(lengths(masked(text)), lengths(text))
    }),
  )
})

test('the secrets of a line are not in its problem, whose place is what it was', async (t) => {
  const workspace = await makeWorkspace(t, TWO_SERVICES)
  const line = '  auth: { path: ./auth, env: { API_KEY: canary, PLAIN: "${NOT_THERE}" } }'
  const [problem, ...others] = await workspace.problems(`services:\n${line}\n`)
  assert.equal(others.length, 0)
  assert.equal(problem?.sourceLine, line.replace('canary', '******'))
  assert.equal(problem === undefined ? '' : pointedAt(problem), '${NOT_THERE}')
  const [broken] = await workspace.problems(`services:\n${line.replace('}" }', '}"')}\n`)
  assert.match(broken?.sourceLine ?? '', /^ {2}auth: \{ path: \.\/auth, env: \{ API_KEY: \*+\$\{NOT_THERE/)
})
