import assert from 'node:assert/strict'
import { test } from 'node:test'
import { entryCandidates } from '../../src/config/entry-candidates.ts'

test('entryCandidates takes exports before main before the conventional names', () => {
  assert.deepEqual(entryCandidates({ main: 'lib/main.js', exports: './dist/index.js' }).slice(0, 2), ['dist/index.js', 'lib/main.js'])
  assert.deepEqual(entryCandidates(null).slice(0, 7), [
    'src/index.ts',
    'src/index.mts',
    'src/index.cts',
    'src/index.js',
    'src/index.mjs',
    'src/index.cjs',
    'index.ts',
  ])
})

test('entryCandidates picks the target of "." as an import would', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    ['./a.js', 'a.js'],
    [{ '.': './a.js', './b': './b.js' }, 'a.js'],
    [{ types: './a.d.ts', require: './a.cjs', import: './a.mjs' }, 'a.mjs'],
    [{ '.': { node: { import: './n.mjs', require: './n.cjs' }, default: './d.js' } }, 'n.mjs'],
    [{ '.': { browser: './b.js', default: './d.js' } }, 'd.js'],
    [{ '.': { require: './only.cjs' } }, 'only.cjs'],
    [{ '.': ['./first.js', './second.js'] }, 'first.js'],
  ]
  for (const [exports, expected] of cases) assert.equal(entryCandidates({ exports })[0], expected, JSON.stringify(exports))
})

test('entryCandidates ignores manifests that make no sense, and targets outside of the folder', () => {
  const conventional = entryCandidates(null)
  for (const manifest of [
    [],
    'text',
    5,
    {},
    { main: 5, exports: 7 },
    { exports: { './b': './b.js' } },
    { main: '../x.js' },
    { main: '/x.js' },
    { exports: '../../x.js' },
    { exports: { '.': null } },
  ]) {
    assert.deepEqual(entryCandidates(manifest), conventional, JSON.stringify(manifest))
  }
})

test('entryCandidates completes a main without extension and a main that is a folder', () => {
  assert.ok(entryCandidates({ main: './lib/app' }).includes('lib/app.js'))
  assert.ok(entryCandidates({ main: 'lib/' }).includes('lib/index.js'))
  assert.ok(entryCandidates({ main: '.' }).includes('index.js'))
})
