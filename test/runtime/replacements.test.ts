import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import { serviceId } from '../../src/model/ids.ts'
import { Operations } from '../../src/runtime/operations.ts'
import { Replacements } from '../../src/runtime/replacements.ts'

const AUTH = serviceId('auth')
const DB = serviceId('db')
const WEB = serviceId('web')

function budget(perService: number, total: number) {
  const operations = new Operations()
  const replacements = new Replacements(() => ({ perService, total }), operations)
  const ends: ((outcome?: 'failed') => void)[] = []
  const replace = () =>
    new Promise<void>((resolve, reject) => {
      ends.push((outcome) => (outcome === 'failed' ? reject(new Error('no')) : resolve()))
    })
  const start = (service: typeof AUTH) => replacements.start(service, replace)
  return { operations, start, ends }
}

test('Replacements keeps to its limits, per service and altogether', async () => {
  const { start, ends, operations } = budget(1, 2)
  assert.ok(start(AUTH))
  assert.equal(start(AUTH), null)
  assert.ok(start(DB))
  assert.equal(start(WEB), null)
  ends[0]?.()
  await turn()
  assert.ok(start(WEB))
  for (const end of ends) end()
  await turn()
  assert.equal(operations.count, 0)
})

test('Replacements of one service may run side by side, and no other operation until all are over', async () => {
  const { start, ends, operations } = budget(2, 3)
  const first = start(AUTH)
  const second = start(AUTH)
  assert.ok(first && second)
  ends[0]?.('failed')
  await first
  assert.equal(operations.isBusy(AUTH), true)
  ends[1]?.()
  await second
  await turn()
  assert.equal(operations.isBusy(AUTH), false)
})

test('Replacements leave a service alone on which an operator is at work, and count that', async () => {
  const { start, operations } = budget(1, 2)
  const work = Promise.withResolvers<void>()
  const restart = operations.run(AUTH, 'restart', () => work.promise)
  assert.equal(start(AUTH), null)
  assert.ok(start(DB))
  assert.equal(start(WEB), null)
  work.resolve()
  await restart
  assert.ok(start(WEB))
})
