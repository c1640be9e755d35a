import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { ConfigError, type Problem } from '../../src/errors/config-error.ts'
import { MeshrtError } from '../../src/errors/meshrt-error.ts'
import { cutAround, renderProblem } from '../../src/errors/render-problem.ts'
import { paintWith } from '../../src/errors/paint.ts'
import { printable } from '../../src/errors/printable.ts'
import { errorDocument, renderError } from '../../src/errors/render.ts'

const PROBLEM: Problem = {
  rule: 'unknown-key',
  message: 'Unknown key `wrokers`',
  path: 'services.auth.wrokers',
  file: '/srv/shop/meshrt.yaml',
  line: 7,
  column: 5,
  length: 7,
  sourceLine: '    wrokers: 2',
  hint: 'Did you mean `workers`?',
}
const plain = (error: unknown) => renderError(error, { colour: false })
/** What a terminal would act upon; line breaks are ours. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\0-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/

test('renderError shows message, code, causes and hint', () => {
  const cause = new TypeError('no such table', { cause: new Error('ECONNREFUSED') })
  const lines = plain(new MeshrtError('MESHRT_START_FAILED', 'Cannot start auth: 3 of 3 starts failed', { cause })).split('\n')
  assert.equal(lines[0], 'error: Cannot start auth: 3 of 3 starts failed [MESHRT_START_FAILED]')
  assert.equal(lines[1], '  cause: TypeError: no such table')
  assert.equal(lines[2], '  cause: ECONNREFUSED')
  assert.match(lines[3] ?? '', /^ {4}at .*render\.test\.ts/)
  assert.match(lines.at(-1) ?? '', /^hint: The cause is the last error/)
})

test('a cause with a code of its own comes with its hint', () => {
  const cause = new MeshrtError('MESHRT_ENTRY_UNUSABLE', 'Cannot host /srv/auth.js: its default export is the number 42')
  const error = new MeshrtError('MESHRT_SERVICE_FAILED', 'Service "auth" has failed', { cause })
  const lines = plain(error).split('\n')
  assert.match(lines[1] ?? '', /^ {2}cause: Cannot host .* \[MESHRT_ENTRY_UNUSABLE\]$/)
  assert.match(lines[2] ?? '', /^ {4}hint: Export a server/)
  assert.match(lines[3] ?? '', /^hint: See `meshrt ps --workers`/)
  assert.match(errorDocument(error).causes[0]?.hint ?? '', /^Export a server/)
})

test('renderError shows every problem with its place, source line, caret and hint', () => {
  const text = plain(ConfigError.of('/srv/shop/meshrt.yaml', [PROBLEM]))
  assert.equal(
    text,
    [
      'error: Cannot use /srv/shop/meshrt.yaml: 1 problem [MESHRT_CONFIG_INVALID]',
      '',
      '/srv/shop/meshrt.yaml:7:5: Unknown key `wrokers` (services.auth.wrokers)',
      '  7 |     wrokers: 2',
      '    |     ^^^^^^^',
      '  hint: Did you mean `workers`?',
      '',
      'hint: Fix the places listed above; `meshrt config --check` shows them again without starting anything.',
    ].join('\n'),
  )
})

test('renderError of an error without a code is a bug with its stack', () => {
  const text = plain(new TypeError('x is not a function'))
  assert.match(text, /^error: TypeError: x is not a function \[MESHRT_INTERNAL\]\n {4}at /)
  assert.match(text, /bug in meshrt/)
})

test('renderError takes anything that can be thrown', () => {
  for (const thrown of [undefined, null, 'text', 5, Symbol('x'), {}, { message: 5 }, Object.create(null), [1]]) {
    assert.match(plain(thrown), /\[MESHRT_INTERNAL\]/)
    assert.equal(errorDocument(thrown).exitCode, 70)
  }
  const cyclic = new Error('round')
  cyclic.cause = cyclic
  assert.ok(plain(cyclic).length < 2000)
})

test('renderError uses colour only when asked for it', () => {
  const error = ConfigError.of('/x', [PROBLEM])
  assert.ok(renderError(error, { colour: true }).includes('\u001b['))
  assert.ok(!plain(error).includes('\u001b'))
})

test('control characters from files and messages never reach the terminal raw', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(300), fc.nat(300), (text, column, length) => {
      const error = ConfigError.of(text, [
        { ...PROBLEM, message: text, path: text, file: text, hint: text, sourceLine: text, column: column + 1, length: length + 1 },
      ])
      error.cause = Object.assign(new Error(text), { name: text, code: text })
      assert.doesNotMatch(plain(error), CONTROL)
    }),
  )
  assert.equal(printable('\u001b]0;owned\u0007'), '\\x1b]0;owned\\x07')
  assert.equal(printable('a\r\nb\u009b', { oneLine: true }), 'a\\x0d\\x0ab\\x9b')
  assert.equal(printable('\u202egnp.exe'), '\\u{202e}gnp.exe')
})

test('cutAround keeps a long source line short and the caret below its place', () => {
  const sourceLine = `${'a'.repeat(5000)}BAD${'c'.repeat(5000)}`
  const { line, offset, width } = cutAround({ sourceLine, column: 5001, length: 3 })
  assert.ok(line.length < 110)
  assert.equal(line.slice(offset, offset + width), 'BAD')
})

test('cutAround points right after tabs, escapes and wide characters', () => {
  const caretOf = (sourceLine: string, at: string) => cutAround({ sourceLine, column: sourceLine.indexOf(at) + 1, length: at.length })
  assert.equal(caretOf('\tkey: X', 'X').offset, 6)
  assert.equal(caretOf('a\u001b: X', 'X').line.indexOf('X'), caretOf('a\u001b: X', 'X').offset)
  assert.equal(caretOf('日本: X', 'X').offset, 6)
  assert.equal(cutAround({ sourceLine: '', column: 1, length: 1 }).width, 1)
  assert.equal(cutAround({ sourceLine: 'ab', column: 50, length: 9 }).offset, 2)
})

test('renderProblem names the path only where the key does not say it all', () => {
  const text = renderProblem({ ...PROBLEM, path: 'wrokers' }, paintWith({ colour: false }))
  assert.equal(text.split('\n')[0], '/srv/shop/meshrt.yaml:7:5: Unknown key `wrokers`')
})

test('errorDocument carries code, exit code, hint, causes and problems', () => {
  const error = ConfigError.of('/x', [PROBLEM])
  error.cause = Object.assign(new Error('inner\u001b'), { code: 'E_INNER' })
  const document = errorDocument(error)
  assert.deepEqual(JSON.parse(JSON.stringify(document)), {
    schema: 'meshrt.error/v1',
    code: 'MESHRT_CONFIG_INVALID',
    message: 'Cannot use /x: 1 problem',
    exitCode: 78,
    hint: document.hint,
    causes: [{ name: 'Error', message: 'inner\\x1b', code: 'E_INNER' }],
    problems: [PROBLEM],
  })
})

test('errorDocument keeps the code of an error that crossed a thread', () => {
  const crossed = Object.assign(new Error('gone'), { code: 'MESHRT_NO_RUNTIME' })
  assert.deepEqual([errorDocument(crossed).code, errorDocument(crossed).exitCode], ['MESHRT_NO_RUNTIME', 3])
})
