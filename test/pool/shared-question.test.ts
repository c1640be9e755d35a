import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SharedQuestion } from '../../src/pool/shared-question.ts'
import { FakeClock } from '../support/fake-clock.ts'

test('SharedQuestion is put once while it is open, and answers all who ask, each within its own deadline', async () => {
  const clock = new FakeClock()
  const asked: PromiseWithResolvers<number | null>[] = []
  const question = new SharedQuestion(() => {
    const one = Promise.withResolvers<number | null>()
    asked.push(one)
    return one.promise
  }, clock)
  const patient = question.ask(60_000)
  const hasty = question.ask(1000)
  await clock.advance(1000)
  assert.equal(await hasty, null)
  const late = question.ask(60_000)
  assert.equal(asked.length, 1)
  asked[0]?.resolve(7)
  assert.deepEqual(await Promise.all([patient, late]), [7, 7])
  const next = question.ask(1000)
  asked[1]?.resolve(8)
  assert.equal(await next, 8)
  clock.assertNoTimers()
})
