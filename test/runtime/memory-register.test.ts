import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryRegister } from '../../src/runtime/memory-register.ts'
import type { ServiceSpec } from '../../src/model/spec.ts'
import { keeperOfPuppets } from './keeper.ts'

const LIMITS = { heapBytes: 1000, youngGenerationBytes: null, stackBytes: null, cpu: 0 }
const FULL = { heapUsedBytes: 1000, externalBytes: 0, heapLimitBytes: 3000 }
const KILLED = { kind: 'killed', reason: 'heap-limit' }

function limited(overrides: Partial<ServiceSpec> = {}) {
  const observer = { isServing: () => true, mayHaveGrown: () => true, weighed: () => {}, judged: () => {} }
  const made = keeperOfPuppets({ limits: LIMITS, ...overrides }, (keeper, clock) => {
    register ??= new MemoryRegister({ clock, observer })
    register.update(keeper)
  })
  let register: MemoryRegister | undefined
  return made
}

for (const type of ['auto', 'oneshot'] as const) {
  test(`the memory limit of a worker of type ${type} holds while it starts`, async () => {
    const { clock, launcher, keeper } = limited({ type })
    void keeper.start()
    launcher.worker(0).weight = FULL
    await clock.advance(200)
    assert.ok(launcher.worker(0).orders.includes('terminate'))
    assert.deepEqual(keeper.pool.slots[0]?.lastExit?.exit, KILLED)
    const stopped = keeper.stop({ deadlineMs: 0, idleMs: 0 })
    await clock.advance(100)
    await stopped
    clock.assertNoTimers()
  })
}

test('the memory limit of a worker holds while it drains', async () => {
  const { clock, launcher, keeper } = limited()
  const started = keeper.start()
  launcher.worker(0).becomesReady()
  await started
  const stopped = keeper.stop({ deadlineMs: 60_000, idleMs: null })
  await clock.advance(100)
  assert.ok(launcher.worker(0).orders.includes('drain'))
  launcher.worker(0).weight = FULL
  await clock.advance(1500)
  assert.deepEqual(keeper.pool.slots[0]?.lastExit?.exit, KILLED)
  await stopped
  clock.assertNoTimers()
})

test('nobody weighs the workers of a service without a memory limit', async () => {
  const { clock, launcher, keeper } = limited({ limits: { ...LIMITS, heapBytes: null } })
  const started = keeper.start()
  launcher.worker(0).settles()
  await started
  launcher.worker(0).weight = FULL
  await clock.advance(5000)
  assert.ok(!launcher.worker(0).orders.includes('terminate'))
})
