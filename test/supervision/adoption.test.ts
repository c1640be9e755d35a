import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planAdoptions, type Adoption } from '../../src/supervision/adoption.ts'
import type { Slot } from '../../src/supervision/slot.ts'
import { SlotDriver } from './slot-driver.ts'

function at(driver: SlotDriver, slot: number): Slot {
  return { ...driver.slot, id: { ...driver.slot.id, slot } }
}

function crashed(): SlotDriver {
  const driver = SlotDriver.ready()
  driver.exits()
  return driver
}

const none = { held: [], stuck: new Set<number>() }

test('planAdoptions gives the socket of a crashed slot to a ready sibling', () => {
  const slots = [at(SlotDriver.ready(), 0), at(crashed(), 1)]
  assert.deepEqual(planAdoptions(slots, none), [{ orphan: 1, by: { slot: 0, generation: 1 } }])
})

test('planAdoptions leaves slots alone that have never served', () => {
  const starting = new SlotDriver()
  starting.send({ type: 'start' })
  assert.deepEqual(planAdoptions([at(SlotDriver.ready(), 0), at(starting, 1)], none), [])
})

test('planAdoptions has the socket of a stuck worker adopted, and nothing by it', () => {
  const slots = [at(SlotDriver.ready(), 0), at(SlotDriver.ready(), 1), at(crashed(), 2)]
  const planned = planAdoptions(slots, { held: [], stuck: new Set([0]) })
  assert.deepEqual(
    planned.map(({ orphan, by }) => [orphan, by.slot]),
    [
      [0, 1],
      [2, 1],
    ],
  )
})

test('planAdoptions spreads several sockets over the siblings', () => {
  const slots = [at(SlotDriver.ready(), 0), at(SlotDriver.ready(), 1), at(crashed(), 2), at(crashed(), 3)]
  assert.deepEqual(new Set(planAdoptions(slots, none).map(({ by }) => by.slot)), new Set([0, 1]))
})

test('planAdoptions adopts once, and again when the adopter is gone', () => {
  const slots = [at(SlotDriver.ready(), 0), at(crashed(), 1)]
  const held: Adoption[] = [{ orphan: 1, by: { slot: 0, generation: 1 } }]
  assert.deepEqual(planAdoptions(slots, { ...none, held }), [])
  assert.equal(planAdoptions(slots, { ...none, held: [{ orphan: 1, by: { slot: 0, generation: 9 } }] }).length, 1)
})

test('planAdoptions has nobody to give a socket to when no sibling is ready', () => {
  assert.deepEqual(planAdoptions([at(crashed(), 0), at(crashed(), 1)], none), [])
})
