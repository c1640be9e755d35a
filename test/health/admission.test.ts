import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ward } from './ward.ts'

test('HealthMonitor gets to know a worker when it is admitted, and holds nothing against one that does not answer then', async () => {
  const { monitor, clock, admitSilent, facts, events } = ward()
  await clock.advance(1000)
  const late = admitSilent()
  late.elu = 1
  assert.equal(late.pings, 1)
  await clock.advance(1300)
  late.alive = true
  late.elu = 0
  await clock.advance(3000)
  assert.deepEqual(facts, [])
  assert.deepEqual(
    events.filter(({ type }) => type === 'worker.suspected'),
    [],
  )
  monitor.close()
  clock.assertNoTimers()
})
