import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InFlightList } from '../../src/mesh/client/in-flight-list.ts'
import { PendingTable } from '../../src/mesh/pending-table.ts'

test('PendingTable behaves as a Map of ids that only grow, whoever stays and whoever leaves', () => {
  // True adds the next id, a number removes one of those that are there.
  const steps = fc.array(fc.oneof(fc.constant(true as const), fc.nat()), { maxLength: 600 })
  fc.assert(
    fc.property(steps, fc.nat({ max: 2 ** 32 }), (all, firstId) => {
      const table = new PendingTable<{ readonly id: number }>()
      const model = new Map<number, { readonly id: number }>()
      let id = firstId
      for (const step of all) {
        if (step === true) {
          const item = { id: id++ }
          table.add(item)
          model.set(item.id, item)
        } else {
          const item = [...model.values()][step % Math.max(1, model.size)]
          if (item === undefined) continue
          assert.ok(table.remove(item))
          assert.ok(!table.remove(item))
          model.delete(item.id)
        }
        assert.equal(table.size, model.size)
      }
      assert.deepEqual(table.all(), [...model.values()])
      for (let i = firstId; i < id; i++) assert.equal(table.get(i), model.get(i))
    }),
  )
})

test('PendingTable keeps one that lasts while any number of others come and go', () => {
  const table = new PendingTable<{ readonly id: number }>()
  const stayer = { id: 3 }
  table.add(stayer)
  for (let id = 4; id < 10_000; id++) {
    const item = { id }
    table.add(item)
    assert.ok(table.remove(item))
  }
  assert.equal(table.get(3), stayer)
  assert.deepEqual(table.all(), [stayer])
  table.clear()
  assert.equal(table.size, 0)
})

test('InFlightList holds what has come and not gone, however it leaves', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 20 }), { maxLength: 200 }), (picks) => {
      const list = new InFlightList<{ place: number; readonly name: number }>()
      const items = Array.from({ length: 21 }, (_, name) => ({ place: 0, name }))
      const model = new Set<number>()
      for (const pick of picks) {
        const item = items[pick]
        assert.ok(item)
        if (model.delete(pick)) list.remove(item)
        else {
          list.add(item)
          model.add(pick)
        }
        assert.deepEqual(new Set([...list].map(({ name }) => name)), model)
        assert.equal(list.size, model.size)
      }
    }),
  )
})
