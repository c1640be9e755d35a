import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JournalEntry } from './journal.ts'
import { judge, type Evidence, type Request } from './nothing-lost.ts'

// The judge of the churn tests must be able to find somebody guilty.

const OK = null
const LOST = 'Error: HTTP 500: {"error":"MESHRT_MESH_TARGET_LOST"}'
const RESET = 'ECONNRESET: socket hang up'

test('what was taken and done once is fine', () => {
  assert.deepEqual(judgeOne(OK, ['gateway/0#1 taken', 'auth/0#1 taken', 'auth/0#1 done', 'gateway/0#1 done']), verdict({ answered: 1 }))
})

test('a failure is excused by the death of the worker that had taken the request, and by nothing else', () => {
  const journal = ['gateway/0#1 taken', 'auth/0#1 taken', 'gateway/0#1 done']
  assert.deepEqual(judgeOne(LOST, journal, { deaths: ['auth/0#1'] }), verdict({ lost: 1 }))
  assert.equal(judgeOne(LOST, journal, { deaths: ['auth/1#1'] }).violations.length, 1, 'another one died')
  assert.equal(
    judgeOne('Error: HTTP 504: timeout', journal, { deaths: ['auth/0#1'] }).violations.length,
    1,
    'not the error that it should be',
  )
  assert.equal(judgeOne(LOST, ['gateway/0#1 taken'], { deaths: ['auth/0#1'] }).violations.length, 1, 'it had not taken it')
})

test('at the entrypoint the connection is lost, also that of a request which the service never saw', () => {
  assert.deepEqual(judgeOne(RESET, ['gateway/0#1 taken'], { deaths: ['gateway/0#1'] }), verdict({ lost: 1 }))
  assert.deepEqual(judgeOne(RESET, [], { deaths: ['gateway/0#1'] }), verdict({ unseen: 1 }))
  assert.equal(judgeOne(RESET, [], { deaths: ['auth/0#1'] }).violations.length, 1, 'no worker of the entrypoint died')
  assert.equal(judgeOne(LOST, ['gateway/0#1 taken'], { deaths: ['gateway/0#1'] }).violations.length, 1, 'answered, though its worker died')
})

test('nothing but a repeatable request is taken twice, and only after its first worker died', () => {
  const journal = ['auth/0#1 taken', 'auth/1#1 taken', 'auth/1#1 done']
  const deaths = ['auth/0#1']
  assert.deepEqual(judgeOne(OK, journal, { deaths, repeatable: true }), verdict({ answered: 1, repeated: 1 }))
  assert.equal(judgeOne(OK, journal, { deaths }).violations.length, 1, 'a POST')
  assert.equal(judgeOne(OK, journal, { repeatable: true }).violations.length, 1, 'nobody died')
  assert.equal(judgeOne(OK, ['auth/0#1 taken', ...journal], { deaths, repeatable: true }).violations.length, 1, 'a third time')
})

test('an answer that nobody took, or that nobody finished, is suspicious', () => {
  assert.equal(judgeOne(OK, []).violations.length, 1)
  assert.equal(judgeOne(OK, ['auth/0#1 taken']).violations.length, 1)
})

function judgeOne(
  failure: Request['failure'],
  journal: readonly string[],
  { deaths = [], repeatable = false }: { readonly deaths?: readonly string[]; readonly repeatable?: boolean } = {},
) {
  const entries = journal.map((line): JournalEntry => {
    const [worker = '', step] = line.split(' ')
    return { id: 'a', worker, step: step as JournalEntry['step'] }
  })
  const evidence: Evidence = {
    requests: [{ id: 'a', repeatable, failure }],
    journal: entries,
    deaths: new Set(deaths),
    entrypoint: 'gateway',
  }
  return judge(evidence)
}

function verdict(counts: Partial<ReturnType<typeof judge>>): ReturnType<typeof judge> {
  return { answered: 0, lost: 0, repeated: 0, unseen: 0, violations: [], ...counts }
}
