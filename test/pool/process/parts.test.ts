import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseCpuTime, parseResident } from '../../../src/pool/process/proc.ts'
import { parseStat, runOf } from '../../../src/pool/process/process-tree.ts'
import { Utilisation } from '../../../src/pool/process/utilisation.ts'
import { hardHeapMb, v8Flags } from '../../../src/pool/v8-flags.ts'

const MB = 1024 * 1024

test('parseCpuTime adds user and system time, whatever the name of the program', () => {
  const fields = ['S', ...Array.from({ length: 10 }, () => '0'), '150', '25', '7', '7']
  assert.equal(parseCpuTime(`123 (node) ${fields.join(' ')}`), 1750)
  assert.equal(parseCpuTime(`123 (a) R 1 (b)) ${fields.join(' ')}`), 1750)
  assert.equal(parseCpuTime('123 (node) S 1'), null)
})

test('parseStat reads the group of a process and whether it has ended, whatever the name of the program', () => {
  assert.deepEqual(parseStat('7 (a) Z 1 2) S 1 42 42 0 -1'), { group: 42, isDead: false })
  assert.deepEqual(parseStat('7 (node) Z 1 42 42 0 -1'), { group: 42, isDead: true })
  assert.equal(parseStat(''), null)
})

test('parseResident reads what of a process is in memory', () => {
  assert.equal(parseResident('Name:\tnode\nVmPeak:\t  900 kB\nVmRSS:\t   512 kB\nThreads:\t7\n'), 524_288)
  assert.equal(parseResident('Name:\tnode\n'), null)
})

test('runOf reads the run of a process from its environment', () => {
  assert.equal(runOf('PATH=/bin\0MESHRT_RUN_ID=ab12.7/auth/0#1\0HOME=/\0'), 'ab12.7/auth/0#1')
  assert.equal(runOf('PATH=/bin\0X_MESHRT_RUN_ID=ab12\0'), null)
  assert.equal(runOf(''), null)
})

test("v8Flags say what a thread's resource limits say", () => {
  const none = { heapBytes: null, youngGenerationBytes: null, stackBytes: null, cpu: 0 }
  assert.deepEqual(v8Flags(none), [])
  assert.deepEqual(v8Flags({ ...none, heapBytes: 256 * MB, youngGenerationBytes: 48 * MB, stackBytes: 2 * MB }), [
    `--max-old-space-size=${hardHeapMb(256 * MB)}`,
    '--max-semi-space-size=16',
    '--stack-size=2048',
  ])
  assert.deepEqual(v8Flags({ ...none, youngGenerationBytes: MB }), ['--max-semi-space-size=1'])
})

const pulse = (activeMs: number, idleMs: number) => ({ activeMs, idleMs, cells: [] })

test('Utilisation is the busy share between two calls', () => {
  const utilisation = new Utilisation(0)
  utilisation.heard(pulse(500, 500), 1000)
  assert.equal(utilisation.share(1000), 0.5)
  utilisation.heard(pulse(500, 1500), 2000)
  assert.equal(utilisation.share(2000), 0)
  // Nothing new: what was true is still true.
  assert.equal(utilisation.share(2500), 0)
})

test('Utilisation takes a process that has said nothing for two seconds as busy', () => {
  const utilisation = new Utilisation(0)
  assert.equal(utilisation.share(2000), 0)
  assert.equal(utilisation.share(2001), 1)
  utilisation.heard(pulse(0, 1000), 2100)
  assert.equal(utilisation.share(2100), 0)
  assert.equal(utilisation.share(4101), 1)
})
