import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parsePattern } from '../../src/cli/grep.ts'
import { PastTail } from '../../src/cli/past-tail.ts'
import { parseSince } from '../../src/cli/since.ts'
import { scratch } from '../control/scratch.ts'
import { cli, openChild } from './run-cli.ts'

test('logs and events are filtered as asked for, and -n counts the lines that match', async (t) => {
  const place = scratch(t)
  await openChild(t, place)
  const messages = async (...args: string[]): Promise<string[]> => {
    const { stdout, code, stderr } = await cli(place, args)
    assert.equal(code, 0, stderr)
    return stdout.split('\n').flatMap((line) => /line \d|from pino|from before|bad thing/.exec(line)?.[0] ?? [])
  }
  const table: [string, string[]][] = [
    ['logs', ['from before', 'line 0', 'line 1', 'line 2', 'from pino']],
    ['logs -n 2', ['line 2', 'from pino']],
    ['logs --grep line -n 2', ['line 1', 'line 2']],
    ['logs --grep 0red', []],
    ['logs --grep [02].+red', ['line 0', 'line 2']],
    ['logs --level warn', ['from pino']],
    ['logs --previous', ['from before']],
    ['logs --since 2027-01-01', ['from before', 'line 0', 'line 1', 'line 2', 'from pino']],
    ['logs --since 2030-01-01T00:00:00Z', []],
    ['logs auth/1', ['from pino']],
    ['events auth --type service.*', ['bad thing']],
    ['events gateway', []],
    ['events --type worker.*', []],
  ]
  const results = await Promise.all(table.map(([command]) => messages(...command.split(' '))))
  table.forEach(([command, expected], at) => assert.deepEqual(results[at], expected, command))
  const removed = await cli(place, ['logs', 'removed'])
  assert.match(removed.stdout, /^.*from what was removed\n$/, removed.stderr)
})

test('parseSince takes a duration back from now, and moments with and without a zone', () => {
  const nowMs = Date.parse('2026-06-15T12:00:00Z')
  assert.equal(parseSince('10m', nowMs), nowMs - 600_000)
  assert.equal(parseSince('2026-06-15T11:00:00Z', nowMs), nowMs - 3_600_000)
  assert.equal(parseSince('2026-06-15T11:00:00.5+02:00', nowMs), nowMs - 3 * 3_600_000 + 500)
  assert.equal(parseSince('2026-06-15', nowMs), new Date(2026, 5, 15).getTime())
  assert.equal(parseSince('9000h', 1000), 0)
  for (const text of ['yesterday', '10', '-5m', '2026-13-45', '2026', '15 Jun 2026', '']) {
    assert.throws(() => parseSince(text, nowMs), { code: 'MESHRT_USAGE' }, text)
  }
})

test('parsePattern looks at what a line says, not at its colours, and refuses what is no pattern', () => {
  assert.equal(parsePattern('not found$')('\u001b[31mnot \u001b[1mfound\u001b[0m'), true)
  assert.equal(parsePattern('^found')('not found'), false)
  assert.throws(() => parsePattern('('), { code: 'MESHRT_USAGE', message: /Cannot look for "\("/ })
})

test('PastTail holds the last entries back until the past is over, and then nothing', () => {
  const seen: number[] = []
  const tail = new PastTail<number>(2, (n) => seen.push(n))
  for (let n = 1; n <= 9; n += 1) tail.add(n)
  assert.deepEqual(seen, [])
  tail.pastIsOver()
  tail.add(10)
  tail.pastIsOver()
  assert.deepEqual(seen, [8, 9, 10])
})
