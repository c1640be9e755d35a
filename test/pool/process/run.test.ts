import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isOrphan } from '../../../src/pool/process/orphans.ts'
import { formatRun, ownNamespace, parseRun, type Run } from '../../../src/pool/process/run.ts'

const OWN: Run = { application: 'ab12', pid: 7, startTicks: '500', namespace: '4026531836' }
const dead = () => false
const alive = () => true

test('run: its text is read back, with or without the name of a worker, and nothing else is', () => {
  const digits = fc.nat().map(String)
  fc.assert(
    fc.property(fc.stringMatching(/^[\da-f]{16}$/), fc.nat(), digits, digits, (application, pid, startTicks, namespace) => {
      const run: Run = { application, pid, startTicks, namespace }
      assert.deepEqual(parseRun(formatRun(run)), run)
      assert.deepEqual(parseRun(`${formatRun(run)}/auth/0#1`), run)
    }),
  )
  for (const text of ['', 'ab12', 'ab12.7', 'ab12.7/auth/0#1', 'ab12.7.500', 'ab12.x.500.1', '.7.500.1', 'ab12.7.500.1.2']) {
    assert.equal(parseRun(text), null, text)
  }
})

test('orphans: what a dead runtime of the same file has started in this pid namespace, and nothing else', () => {
  assert.equal(isOrphan({ ...OWN, pid: 6 }, OWN, dead), true)
  assert.equal(isOrphan({ ...OWN, pid: 6 }, OWN, alive), false)
  assert.equal(isOrphan({ ...OWN, pid: 6, application: 'cd34' }, OWN, dead), false)
  assert.equal(isOrphan({ ...OWN, pid: 6, namespace: '4026532000' }, OWN, dead), false)
  assert.equal(isOrphan(null, OWN, dead), false)
})

test('orphans: a pid that is another process by now is no life of its runtime', () => {
  const startedLater = (run: Run) => run.pid === 6 && run.startTicks === '900'
  assert.equal(isOrphan({ ...OWN, pid: 6, startTicks: '500' }, OWN, startedLater), true)
})

test('run: the pid namespace of this process is known', { skip: process.platform !== 'linux' }, () => {
  assert.match(ownNamespace(), /^[1-9]\d*$/)
})
