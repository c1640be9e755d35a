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

interface Given {
  readonly size?: number
  /** How many sockets there are. */
  readonly opened?: number
  readonly held?: readonly Adoption[]
  readonly stuck?: ReadonlySet<number>
}

function plan(slots: readonly Slot[], { opened = slots.length, ...given }: Given = {}) {
  return planAdoptions(slots, { size: slots.length, ...none, ...given, opened: Array.from({ length: opened }).keys() })
}

test('planAdoptions gives the socket of a crashed slot to a serving sibling', () => {
  const slots = [at(SlotDriver.ready(), 0), at(crashed(), 1)]
  assert.deepEqual(plan(slots).added, [{ orphan: 1, by: { slot: 0, generation: 1 } }])
})

test('planAdoptions leaves slots alone that have never served', () => {
  const starting = new SlotDriver()
  starting.send({ type: 'start' })
  assert.deepEqual(plan([at(SlotDriver.ready(), 0), at(starting, 1)]).added, [])
})

test('planAdoptions has the socket of a stuck worker adopted, and nothing by it', () => {
  const slots = [at(SlotDriver.ready(), 0), at(SlotDriver.ready(), 1), at(crashed(), 2)]
  const planned = plan(slots, { stuck: new Set([0]) }).added
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
  assert.deepEqual(new Set(plan(slots).added.map(({ by }) => by.slot)), new Set([0, 1]))
})

test('planAdoptions adopts once, and again when the adopter is gone', () => {
  const slots = [at(SlotDriver.ready(), 0), at(crashed(), 1)]
  const held: Adoption[] = [{ orphan: 1, by: { slot: 0, generation: 1 } }]
  assert.deepEqual(plan(slots, { held }), { held, added: [], released: [] })
  const stale: Adoption[] = [{ orphan: 1, by: { slot: 0, generation: 9 } }]
  assert.deepEqual(plan(slots, { held: stale }), { held, added: held, released: stale })
})

test('planAdoptions moves what a stuck worker has adopted to another, and has it let go', () => {
  const slots = [at(SlotDriver.ready(), 0), at(SlotDriver.ready(), 1), at(crashed(), 2)]
  const held: Adoption[] = [{ orphan: 2, by: { slot: 0, generation: 1 } }]
  const moved = plan(slots, { held, stuck: new Set([0]) })
  assert.deepEqual(moved.released, held)
  assert.deepEqual(moved.added, [
    { orphan: 0, by: { slot: 1, generation: 1 } },
    { orphan: 2, by: { slot: 1, generation: 1 } },
  ])
})

test('planAdoptions has nobody to give a socket to when no sibling serves', () => {
  assert.deepEqual(plan([at(crashed(), 0), at(crashed(), 1)]).added, [])
})

test('planAdoptions ends an adoption when the slot is served again', () => {
  const held: Adoption[] = [{ orphan: 1, by: { slot: 0, generation: 1 } }]
  const slots = [at(SlotDriver.ready(), 0), at(SlotDriver.ready(), 1)]
  assert.deepEqual(plan(slots, { held }), { held: [], added: [], released: held })
})

test('planAdoptions has the sockets of slots that are to go adopted while their workers still serve, and keeps them adopted', () => {
  const slots = [at(SlotDriver.ready(), 0), at(SlotDriver.ready(), 1), at(SlotDriver.ready(), 2)]
  const leaving = plan(slots, { size: 1 })
  assert.deepEqual(
    leaving.added.map(({ orphan, by }) => [orphan, by.slot]),
    [
      [1, 0],
      [2, 0],
    ],
  )
  assert.deepEqual(plan(slots.slice(0, 1), { size: 1, opened: 3, held: leaving.held }), { held: leaving.held, added: [], released: [] })
})

test('planAdoptions keeps the sockets of removed slots with the worker that serves during a replacement', () => {
  const driver = SlotDriver.ready()
  driver.send({ type: 'replace', reason: 'restart' })
  const old = plan([at(driver, 0)], { opened: 2 })
  assert.deepEqual(old.added, [{ orphan: 1, by: { slot: 0, generation: 1 } }])
  driver.becomesReady(2)
  assert.deepEqual(plan([at(driver, 0)], { opened: 2, held: old.held }).added, [{ orphan: 1, by: { slot: 0, generation: 2 } }])
})

test('planAdoptions has the socket of a worker adopted that is drained before its successor comes', () => {
  const driver = SlotDriver.ready()
  driver.send({ type: 'replace', reason: 'restart', order: 'drain-first' })
  assert.deepEqual(plan([at(SlotDriver.ready(), 0), at(driver, 1)]).added, [{ orphan: 1, by: { slot: 0, generation: 1 } }])
})

test('planAdoptions has the socket of a worker adopted that was killed while its successor starts, and gives nothing to it', () => {
  const killed = SlotDriver.ready()
  killed.send({ type: 'replace', reason: 'unhealthy' })
  killed.send({ type: 'kill', generation: 1, reason: 'blocked' })
  const planned = plan([at(SlotDriver.ready(), 0), at(killed, 1), at(crashed(), 2)]).added
  assert.deepEqual(
    planned.map(({ orphan, by }) => [orphan, by.slot]),
    [
      [1, 0],
      [2, 0],
    ],
  )
})
