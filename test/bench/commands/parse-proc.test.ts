import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSmapsRollup, parseStat } from './parse-proc.ts'

test('parseStat finds the CPU times behind a name that looks like fields', () => {
  const text = '4711 (a) R 1 2 (b) S 1 4711 4711 0 -1 4194560 900 800 0 0 123 45 6 7 20 0 11 0 100 1000 200 18446744073709551615'
  assert.deepEqual(parseStat(text), { ownMs: 1680, reapedMs: 130 })
})

test('parseStat refuses what ends too early', () => {
  assert.throws(() => parseStat('4711 (node) R'), /Cannot read/)
})

test('parseSmapsRollup yields RSS and PSS in MiB, and takes no other line for them', () => {
  const text =
    '00400000-7ffd ---p 00000000 00:00 0 [rollup]\nRss:               51200 kB\nPss:               25600 kB\nPss_Dirty:          1024 kB\n'
  assert.deepEqual(parseSmapsRollup(text), { rssMib: 50, pssMib: 25 })
})

test('parseSmapsRollup refuses what has no such lines', () => {
  assert.throws(() => parseSmapsRollup('Size: 4 kB\n'), /Cannot read/)
})
