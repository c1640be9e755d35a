import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lookAt } from '../../src/mesh/progress.ts'

const mark = { ordinal: 4, atMs: 1_000 }

test('lookAt moves the mark when the target has passed it', () => {
  const look = { passed: true, sent: 10, nowMs: 1_060, lateMs: 0 }
  assert.deepEqual(lookAt(mark, look, 250), { mark: { ordinal: 10, atMs: 1_060 }, stuck: false })
})

test('lookAt finds a target stuck when the marked frame has waited for longer than it may', () => {
  const look = { passed: false, sent: 10, lateMs: 0 }
  assert.deepEqual(lookAt(mark, { ...look, nowMs: 1_250 }, 250), { mark, stuck: false })
  assert.deepEqual(lookAt(mark, { ...look, nowMs: 1_251 }, 250), { mark, stuck: true })
})

test('lookAt does not hold the time that the caller itself stood still against the target', () => {
  const look = { passed: false, sent: 10, nowMs: 1_500, lateMs: 440 }
  assert.deepEqual(lookAt(mark, look, 250), { mark: { ordinal: 4, atMs: 1_440 }, stuck: false })
})
