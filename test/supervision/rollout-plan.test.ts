import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { nextReplacements, type RolloutStep } from '../../src/supervision/rollout-plan.ts'
import { isServing } from '../../src/supervision/serving.ts'
import type { Slot } from '../../src/supervision/slot.ts'
import { SlotDriver } from './slot-driver.ts'

function ready(slot: number): Slot {
  return { ...SlotDriver.ready().slot, id: { ...SlotDriver.ready().slot.id, slot } }
}

function crashed(slot: number): Slot {
  const driver = SlotDriver.ready()
  driver.exits()
  return { ...driver.slot, id: { ...driver.slot.id, slot } }
}

const pool = [0, 1, 2, 3].map(ready)
const none: readonly RolloutStep[] = []

describe('nextReplacements', () => {
  test('takes one after the other by default', () => {
    const limits = { maxSurge: 1, maxUnavailable: 0 }
    assert.deepEqual(nextReplacements(pool, { todo: [0, 1, 2, 3], running: none }, limits), [{ slot: 0, order: 'surge' }])
    assert.deepEqual(nextReplacements(pool, { todo: [1, 2, 3], running: [{ slot: 0, order: 'surge' }] }, limits), [])
  })

  test('lets as many run on top as maxSurge allows, over the whole pool', () => {
    const limits = { maxSurge: 3, maxUnavailable: 0 }
    assert.deepEqual(
      nextReplacements(pool, { todo: [1, 2, 3], running: [{ slot: 0, order: 'surge' }] }, limits).map(({ slot }) => slot),
      [1, 2],
    )
  })

  test('drains first where nobody may run on top, and counts who is missing already', () => {
    const limits = { maxSurge: 0, maxUnavailable: 2 }
    assert.deepEqual(nextReplacements(pool, { todo: [0, 1, 2, 3], running: none }, limits), [
      { slot: 0, order: 'drain-first' },
      { slot: 1, order: 'drain-first' },
    ])
    const oneDown = [crashed(0), ready(1), ready(2), ready(3)]
    assert.deepEqual(nextReplacements(oneDown, { todo: [1, 2, 3], running: none }, limits), [{ slot: 1, order: 'drain-first' }])
    const twoDown = [crashed(0), crashed(1), ready(2), ready(3)]
    assert.deepEqual(nextReplacements(twoDown, { todo: [2, 3], running: none }, limits), [])
  })

  test('gives a slot that serves nobody its worker before a good one is touched', () => {
    const slots = [ready(0), ready(1), crashed(2)]
    const limits = { maxSurge: 1, maxUnavailable: 0 }
    assert.deepEqual(nextReplacements(slots, { todo: [0, 1, 2], running: none }, limits), [{ slot: 2, order: 'surge' }])
  })
})

type Limits = { readonly maxSurge: number; readonly maxUnavailable: number }
const limits = fc.record<Limits>({ maxSurge: fc.nat(4), maxUnavailable: fc.nat(4) }).filter((one) => one.maxSurge + one.maxUnavailable > 0)

test('nextReplacements never goes over its limits, and takes every slot exactly once, whatever order they end in', () => {
  fc.assert(
    fc.property(limits, fc.integer({ min: 1, max: 8 }), fc.infiniteStream(fc.nat(100)), (allowed, size, picks) => {
      const drivers = Array.from({ length: size }, () => SlotDriver.ready())
      const slots = () => drivers.map((driver, slot) => ({ ...driver.slot, id: { ...driver.slot.id, slot } }))
      let todo = drivers.map((_, slot) => slot)
      let running: readonly RolloutStep[] = []
      const done: number[] = []
      while (todo.length > 0 || running.length > 0) {
        const steps = nextReplacements(slots(), { todo, running }, allowed)
        for (const step of steps) drivers[step.slot]?.send({ type: 'replace', reason: 'restart', order: step.order })
        todo = todo.filter((slot) => !steps.some((step) => step.slot === slot))
        running = running.concat(steps)
        const extra = slots().filter(({ phase }) => phase.kind === 'replacing').length
        const missing = slots().filter((slot) => !isServing(slot)).length
        assert.ok(extra <= allowed.maxSurge, `${extra} on top of ${allowed.maxSurge}`)
        assert.ok(missing <= allowed.maxUnavailable, `${missing} missing of ${allowed.maxUnavailable}`)
        assert.ok(running.length > 0, 'stuck')
        const ended = running[(picks.next().value as number) % running.length]
        assert.ok(ended)
        finish(drivers[ended.slot], ended)
        running = running.filter((step) => step !== ended)
        done.push(ended.slot)
      }
      assert.deepEqual(done.toSorted((a, b) => a - b), drivers.map((_, slot) => slot)) // prettier-ignore
      assert.ok(drivers.every(({ slot }) => slot.generation === 2))
    }),
    { numRuns: 300 },
  )
})

/** The replacement goes its usual way. */
function finish(driver: SlotDriver | undefined, { order }: RolloutStep): void {
  assert.ok(driver)
  if (order === 'drain-first') driver.exits(1, 0)
  driver.becomesReady(2)
  if (order === 'surge') driver.exits(1, 0)
}
