import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ward } from './ward.ts'

test('HealthMonitor recycles a worker near its memory limit, once, and kills one at it', async () => {
  const { close, clock, first, facts, verdicts } = ward({ memoryLimitBytes: 1000 })
  await clock.advance(2000)
  first.heapBytes = 500
  first.externalBytes = 900
  await clock.advance(3000)
  assert.deepEqual(facts, ['replace auth/0#1 heap'])
  assert.equal(verdicts().at(-1), 'auth/0#1 unhealthy')
  first.heapBytes = 1000
  await clock.advance(2000)
  assert.deepEqual(facts, ['replace auth/0#1 heap', 'kill auth/0#1 heap-limit'])
  close()
})

test('HealthMonitor looks at memory every 100 ms above 70 %, and not at all while the worker is idle', async () => {
  const { close, clock, first } = ward({ memoryLimitBytes: 1000 })
  first.heapBytes = 750
  await clock.advance(3000)
  const before = first.memoryQuestions
  await clock.advance(1000)
  assert.ok(first.memoryQuestions - before >= 9)
  first.elu = 0
  await clock.advance(1500)
  const idle = first.memoryQuestions
  await clock.advance(10_000)
  assert.equal(first.memoryQuestions, idle)
  close()
})

test('HealthMonitor judges nobody for garbage: a worker near its limit collects first, but not all the time', async () => {
  const { close, clock, first, facts } = ward({ memoryLimitBytes: 1000 })
  await clock.advance(2000)
  first.heapBytes = 1100
  first.garbageBytes = 800
  await clock.advance(3000)
  assert.deepEqual(facts, [])
  assert.equal(first.heapBytes, 300)
  const before = first.collections
  for (let i = 0; i < 100; i++) {
    first.heapBytes = 1100
    first.garbageBytes = 800
    await clock.advance(100)
  }
  assert.deepEqual(facts, [])
  assert.ok(first.collections - before <= 5, `${first.collections - before} collections in 10 s`)
  close()
})

test('HealthMonitor ends a worker at its limit that cannot collect', async () => {
  const { close, clock, first, facts } = ward({ memoryLimitBytes: 1000, health: { enabled: false } })
  await clock.advance(2000)
  first.heapBytes = 1100
  first.garbageBytes = 800
  first.alive = false
  await clock.advance(2000)
  assert.deepEqual(facts, ['kill auth/0#1 heap-limit'])
  close()
})

test('a worker that does not serve is held to its memory limit all the same, but not replaced near it', async () => {
  const { close, clock, first, facts } = ward({ memoryLimitBytes: 1000, serving: false })
  first.heapBytes = 950
  await clock.advance(5000)
  assert.ok(first.memoryQuestions >= 40, `${first.memoryQuestions} looks in 5 s`)
  assert.deepEqual(facts, [])
  first.heapBytes = 1000
  await clock.advance(2500)
  assert.deepEqual(facts, ['kill auth/0#1 heap-limit'])
  close()
  clock.assertNoTimers()
})

test('the memory limit of workers that drain holds when nobody is judged any more', async () => {
  const { monitor, close, clock, first, facts } = ward({ memoryLimitBytes: 1000 })
  first.elu = 0
  await clock.advance(3000)
  monitor.close()
  first.heapBytes = 1100
  await clock.advance(2500)
  assert.deepEqual(facts, ['kill auth/0#1 heap-limit'])
  close()
  clock.assertNoTimers()
})
