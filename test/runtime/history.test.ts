import assert from 'node:assert/strict'
import { test } from 'node:test'
import { History } from '../../src/runtime/history.ts'

test('History keeps the last entries, as many as it may', () => {
  const history = new History<number>({ entries: 3 })
  for (let n = 1; n <= 5; n += 1) history.push(n)
  assert.deepEqual(history.recent(10), [3, 4, 5])
  assert.deepEqual(history.recent(2), [4, 5])
  assert.deepEqual(history.recent(0), [])
})

test('History.recent returns the last entries that match', () => {
  const history = new History<number>({ entries: 10 })
  for (let n = 1; n <= 9; n += 1) history.push(n)
  assert.deepEqual(
    history.recent(2, (n) => n % 2 === 0),
    [6, 8],
  )
})

test('History keeps less of what is heavy, but always the last entry', () => {
  const history = new History<string>({ entries: 100, weight: { max: 10, of: (text) => text.length } })
  for (const text of ['aaaa', 'bbbb', 'cc', 'd']) history.push(text)
  assert.deepEqual(history.recent(100), ['bbbb', 'cc', 'd'])
  history.push('e'.repeat(50))
  assert.deepEqual(history.recent(100), ['e'.repeat(50)])
  history.push('f')
  assert.deepEqual(history.recent(100), ['f'])
})
