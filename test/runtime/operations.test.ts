import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceId } from '../../src/model/ids.ts'
import { Operations } from '../../src/runtime/operations.ts'

const auth = serviceId('auth')

test('Operations joins the same operation on a service and rejects another, never throwing into its caller', async () => {
  const operations = new Operations()
  const gate = Promise.withResolvers<string>()
  const first = operations.run(auth, 'restart', () => gate.promise)
  const second = operations.run(auth, 'restart', () => Promise.resolve('not run'))
  const other = operations.run(auth, 'reload', () => Promise.resolve('not run'))
  await assert.rejects(other, { code: 'MESHRT_BUSY' })
  gate.resolve('done')
  assert.deepEqual(await Promise.all([first, second]), ['done', 'done'])
  assert.equal(operations.isBusy(auth), false)
})

test('Operations.whenIdle outlasts an operation that fails', async () => {
  const operations = new Operations()
  const gate = Promise.withResolvers<never>()
  const running = assert.rejects(
    operations.run(auth, 'restart', () => gate.promise),
    /no/,
  )
  const idle = operations.whenIdle(auth)
  gate.reject(new Error('no'))
  await idle
  await running
  assert.equal(operations.isBusy(auth), false)
})
