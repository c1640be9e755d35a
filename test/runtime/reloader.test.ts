import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceId } from '../../src/model/ids.ts'
import { Reloader } from '../../src/runtime/reloader.ts'

test('Reloader reloads exactly once more for any number of changes during a reload', async () => {
  const gates: PromiseWithResolvers<void>[] = []
  const reloader = new Reloader(() => {
    const gate = Promise.withResolvers<void>()
    gates.push(gate)
    return gate.promise
  })
  const auth = serviceId('auth')
  const first = reloader.request(auth)
  void reloader.request(auth)
  void reloader.request(auth)
  assert.equal(gates.length, 1)
  gates[0]?.resolve()
  while (gates.length < 2) await Promise.resolve()
  gates[1]?.resolve()
  await first
  assert.equal(gates.length, 2)
})
