import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatDuration, formatSize, parseDuration, parseSize } from '../../src/config/units.ts'

test('parseDuration reads milliseconds and amounts with a unit', () => {
  const cases = { '5s': 5000, '250ms': 250, '1m': 60_000, '1h': 3_600_000, '1.5s': 1500, '0ms': 0, '0.5ms': 1 }
  for (const [text, ms] of Object.entries(cases)) assert.equal(parseDuration(text), ms, text)
  assert.equal(parseDuration(0), 0)
  assert.equal(parseDuration(1500), 1500)
})

test('parseDuration refuses what is not exactly that', () => {
  for (const value of [
    '',
    '5',
    '5 s',
    '5S',
    '-5s',
    '1e3ms',
    's',
    '5s ',
    '1.s',
    '.5s',
    '5sec',
    '1d',
    -1,
    Number.NaN,
    Infinity,
    null,
    true,
    {},
  ]) {
    assert.equal(parseDuration(value), null, JSON.stringify(value))
  }
})

test('parseSize reads bytes and amounts with a unit of 1024', () => {
  const cases = { '32kb': 32_768, '256mb': 268_435_456, '1gb': 1_073_741_824, '1.5KB': 1536, '10b': 10, '64MB': 67_108_864 }
  for (const [text, bytes] of Object.entries(cases)) assert.equal(parseSize(text), bytes, text)
  for (const value of ['', '5', '5 mb', '5m', '-1kb', '5tb', '99999999999gb', -1, null]) assert.equal(parseSize(value), null, String(value))
})

test('formatDuration and formatSize are read back as the same value', () => {
  fc.assert(
    fc.property(fc.nat(2_147_483_647), (value) => {
      assert.equal(parseDuration(formatDuration(value)), value)
      assert.equal(parseSize(formatSize(value)), value)
    }),
  )
  assert.deepEqual([0, 1500, 5000, 60_000, 7_200_000].map(formatDuration), ['0ms', '1500ms', '5s', '1m', '2h'])
  assert.deepEqual([0, 1000, 32_768, 536_870_912].map(formatSize), ['0b', '1000b', '32kb', '512mb'])
})
