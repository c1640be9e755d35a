import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { wantsColour } from '../../src/cli/colour.ts'
import { formatAge, formatHeap, formatMs, formatRate, formatRestarts, formatShare } from '../../src/cli/format.ts'
import { chooseColumns, GAP } from '../../src/cli/layout.ts'
import { cutTo, displayWidth, renderTable } from '../../src/cli/table.ts'
import { renderHealth } from '../../src/cli/views/health-table.ts'
import { renderServices } from '../../src/cli/views/service-table.ts'
import { renderWorkers } from '../../src/cli/views/worker-table.ts'
import { exampleView, NOW_MS } from '../control/example-view.ts'

const MB = 1024 * 1024

test('figures are short, with their unit, and - where nothing was measured', () => {
  const table: [string, string][] = [
    [formatAge(null, 0), '-'],
    [formatAge(NOW_MS - 240_000, NOW_MS), '4m'],
    [formatRestarts(0, { lastAt: null, nowMs: 0 }), '0'],
    [formatRestarts(4, { lastAt: NOW_MS - 12_000, nowMs: NOW_MS }), '4 (12s ago)'],
    [formatHeap(61 * MB, 512 * MB), '61/512 MB'],
    [formatHeap(61.4 * MB, null), '61 MB'],
    [formatHeap(2048 * MB, 16_384 * MB), '2.0/16.0 GB'],
    [formatHeap(61 * MB, 4288 * MB), '61 MB/4.2 GB'],
    [formatHeap(null, 512 * MB), '-'],
    [formatMs(0), '0 ms'],
    [formatMs(0.04), '0.1 ms'],
    [formatMs(0.44), '0.4 ms'],
    [formatMs(0.97), '1 ms'],
    [formatMs(3.4), '3 ms'],
    [formatMs(999.6), '1.0 s'],
    [formatMs(null), '-'],
    [formatShare(0.119), '12%'],
    [formatShare(null), '-'],
    [formatRate(0), '0'],
    [formatRate(0.34), '0.3'],
    [formatRate(812.4), '812'],
  ]
  for (const [actual, expected] of table) assert.equal(actual, expected)
})

test('colour: what was typed wins, then FORCE_COLOR, then NO_COLOR, then whether it is a terminal', () => {
  const ask = (env: NodeJS.ProcessEnv, { refused = false, isTerminal = true } = {}) => wantsColour({ refused, isTerminal, env })
  assert.equal(ask({}), true)
  assert.equal(ask({}, { isTerminal: false }), false)
  assert.equal(ask({ TERM: 'dumb' }), false)
  assert.equal(ask({ NO_COLOR: '1' }), false)
  assert.equal(ask({ NO_COLOR: '' }), true)
  assert.equal(ask({ NO_COLOR: '1', FORCE_COLOR: '1' }, { isTerminal: false }), true)
  assert.equal(ask({ FORCE_COLOR: '0' }), false)
  assert.equal(ask({ FORCE_COLOR: '1' }, { refused: true }), false)
})

for (const maxWidth of [20, 40, 60, 80, 120, 200]) {
  test(`no line of ps is wider than ${maxWidth} columns, and name and state are there`, () => {
    for (const render of [renderServices, renderWorkers, renderHealth]) {
      const lines = render(exampleView(), { maxWidth, colour: false, nowMs: NOW_MS }).split('\n')
      for (const line of lines) assert.ok(displayWidth(line) <= maxWidth, line)
      if (maxWidth >= 40) assert.match(lines[0] ?? '', /^(SERVICE|WORKER) .*(STATE|VERDICT)/)
    }
  })
}

test('chooseColumns keeps to the width, keeps rank 0, and drops nothing that would have fitted', () => {
  const column = fc.record({
    title: fc.constantFrom('A', 'LONGER'),
    dropRank: fc.integer({ min: 0, max: 9 }),
    natural: fc.integer({ min: 6, max: 30 }),
  })
  fc.assert(
    fc.property(fc.array(column, { minLength: 1, maxLength: 10 }), fc.integer({ min: 40, max: 220 }), (columns, maxWidth) => {
      const natural = columns.map((one) => one.natural)
      const chosen = chooseColumns(columns, { natural, maxWidth })
      const total = chosen.reduce((sum, one) => sum + one.width, 0) + GAP * (chosen.length - 1)
      const wanted = natural.reduce((sum, width) => sum + width, 0) + GAP * (columns.length - 1)
      const kept = new Set(chosen.map((one) => one.index))
      assert.ok(columns.every((one, index) => one.dropRank > 0 || kept.has(index)))
      if (chosen.every((one) => one.width > 1)) assert.ok(total <= maxWidth)
      if (wanted <= maxWidth) assert.equal(chosen.length, columns.length)
    }),
  )
})

test('a table cleans its cells, cuts by what is seen, and colours only what it was asked to', () => {
  const columns = [
    { title: 'NAME', dropRank: 0, text: (row: string) => row, tone: () => 'bad' as const },
    { title: 'MORE', dropRank: 0, text: () => 'x' },
  ]
  const plain = renderTable(columns, ['a\u001b[2Jb\u0007\nc'], { maxWidth: null, colour: false })
  assert.equal(plain, 'NAME         MORE\nab\\x07\\x0ac  x')
  assert.match(renderTable(columns, ['a'], { maxWidth: null, colour: true }), /\u001b\[31ma/) // eslint-disable-line no-control-regex
  assert.equal(displayWidth('日本e\u0301'), 5)
  assert.equal(cutTo('日本語', 5), '日本…')
  assert.equal(cutTo('abc', 3), 'abc')
})
