import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isServing, servingWorker } from '../../src/supervision/serving.ts'
import { SlotDriver } from './slot-driver.ts'

function replacing(): SlotDriver {
  const driver = SlotDriver.ready()
  driver.send({ type: 'replace', reason: 'unhealthy' })
  return driver
}

function served({ slot }: SlotDriver): number | null {
  return servingWorker(slot)?.generation ?? null
}

test('servingWorker is the old worker of a replacement until the new one has taken over', () => {
  const driver = replacing()
  assert.equal(served(driver), 1)
  driver.becomesReady(2)
  assert.equal(served(driver), 2)
})

test('servingWorker is nobody while the old worker has been killed and the new one still starts', () => {
  const driver = replacing()
  driver.send({ type: 'kill', generation: 1, reason: 'blocked' })
  assert.equal(served(driver), null)
  assert.equal(isServing(driver.slot), false)
})

test('servingWorker is nobody in a slot that starts, or that is being left', () => {
  const driver = new SlotDriver()
  driver.send({ type: 'start' })
  assert.equal(served(driver), null)
  driver.becomesReady()
  driver.send({ type: 'stop', deadlineMs: 1000, idleMs: null })
  assert.equal(served(driver), null)
})
