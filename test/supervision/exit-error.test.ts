import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exitError } from '../../src/supervision/step.ts'

test('exitError is the error that ended the worker, or says how it ended', () => {
  const error = { name: 'TypeError', message: 'boom' }
  assert.equal(exitError({ kind: 'crashed', code: 1, error }), error)
  assert.equal(exitError({ kind: 'out-of-memory', error }), error)
  assert.equal(exitError({ kind: 'crashed', code: 3 }).message, 'The worker exited with code 3')
  assert.equal(exitError({ kind: 'out-of-memory' }).message, 'The worker ran out of memory')
  assert.equal(exitError({ kind: 'killed', reason: 'blocked' }).message, 'The worker was killed: blocked')
  assert.equal(exitError({ kind: 'completed' }).message, 'The worker ended: completed')
  assert.equal(exitError({ kind: 'stopped', code: 0 }).message, 'The worker ended: stopped')
})
