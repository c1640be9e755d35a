import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { serviceId, type ServiceId } from '../../src/model/ids.ts'
import { stopOrder } from '../../src/supervision/stop-order.ts'

const [gateway, auth, db] = ['gateway', 'auth', 'db'].map((id) => serviceId(id)) as [ServiceId, ServiceId, ServiceId]

test('stopOrder stops the entrypoint first and dependents before what they depend on', () => {
  const before = stopOrder([db, auth, gateway], { declared: [{ caller: auth, callee: db }], entrypoint: gateway, observed: [] })
  assert.deepEqual(before.get(gateway), [])
  assert.deepEqual(before.get(auth), [gateway])
  assert.deepEqual(before.get(db), [auth, gateway])
})

test('stopOrder stops observed callers first where nothing declared says otherwise', () => {
  const before = stopOrder([auth, db], { declared: [], entrypoint: null, observed: [{ caller: auth, callee: db }] })
  assert.deepEqual(before.get(db), [auth])
})

test('stopOrder never makes services wait for each other, whatever calls were seen', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'].map((id) => serviceId(id))
  const edge = fc.record({ caller: fc.constantFrom(...ids), callee: fc.constantFrom(...ids) })
  fc.assert(
    fc.property(fc.array(edge), fc.array(edge), fc.option(fc.constantFrom(...ids)), (declared, observed, entrypoint) => {
      const before = stopOrder(ids, { declared, observed, entrypoint })
      const gone = new Set<ServiceId>()
      for (let round = 0; round < ids.length; round++) {
        for (const id of ids) if ((before.get(id) ?? []).every((other) => gone.has(other))) gone.add(id)
      }
      assert.equal(gone.size, ids.length)
    }),
  )
})

test('stopOrder keeps every declared edge, whatever else was seen: who depends on a service stops before it', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'].map((id) => serviceId(id))
  // Only to earlier ones: the rules of the runtime file see to it that declared edges make no cycle.
  const declaredEdge = fc.tuple(fc.nat(4), fc.nat(4)).filter(([caller, callee]) => caller > callee)
  const observedEdge = fc.record({ caller: fc.constantFrom(...ids), callee: fc.constantFrom(...ids) })
  fc.assert(
    fc.property(fc.array(declaredEdge), fc.array(observedEdge), fc.option(fc.constantFrom(...ids)), (pairs, observed, entrypoint) => {
      const declared = pairs.map(([caller, callee]) => ({ caller: ids[caller] as ServiceId, callee: ids[callee] as ServiceId }))
      const before = stopOrder(ids, { declared, observed, entrypoint })
      for (const { caller, callee } of declared) assert.ok(before.get(callee)?.includes(caller), `${caller} before ${callee}`)
    }),
  )
})
