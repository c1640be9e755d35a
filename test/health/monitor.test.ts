import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { WorkerKey } from '../../src/model/ids.ts'
import { ward } from './ward.ts'

test('HealthMonitor hardly asks an idle worker anything, and takes no action', async () => {
  const { monitor, clock, first, facts } = ward()
  first.elu = 0
  await clock.advance(60_000)
  assert.ok(first.pings >= 1 && first.pings <= 2, `${first.pings} pings in a minute`)
  assert.equal(first.memoryQuestions, 0)
  assert.deepEqual(facts, [])
  monitor.close()
  clock.assertNoTimers()
})

test('HealthMonitor asks a worker with anything to do at every check, and takes back what it said of a delay once that has nothing to do', async () => {
  const { monitor, clock, first } = ward()
  const delay = () => monitor.vitals('auth/0#1' as WorkerKey).loopDelayMs
  first.elu = 0.01
  await clock.advance(60_000)
  assert.ok(first.pings >= 11 && first.pings <= 13, `${first.pings} pings in a minute`)
  first.loopDelayMs = 700
  await clock.advance(6000)
  assert.equal(delay(), 700)
  first.elu = 0
  await clock.advance(12_000)
  assert.equal(delay(), 0)
  monitor.close()
})

test('HealthMonitor asks at every check a worker of whose load nobody knows, and one with something held against it', async () => {
  const unknown = ward()
  unknown.first.elu = null
  await unknown.clock.advance(60_000)
  assert.ok(unknown.first.pings >= 11, `${unknown.first.pings} pings in a minute`)
  assert.equal(unknown.monitor.vitals('auth/0#1' as WorkerKey).elu, null)
  unknown.monitor.close()
  const full = ward({ memoryLimitBytes: 100, health: { maxHeapUsed: 0.5 } })
  full.first.elu = 0
  full.first.heapBytes = 60
  await full.clock.advance(6000)
  full.first.heapBytes = 10
  await full.clock.advance(12_000)
  assert.equal(full.verdicts().at(-1), 'auth/0#1 ok')
  full.monitor.close()
})

test('HealthMonitor goes by another interval and other limits as soon as there are some', async () => {
  const { monitor, clock, first, rules, verdicts } = ward({ health: { intervalMs: 3_600_000, maxELU: 0.98 } })
  first.elu = 0.8
  await clock.advance(10_000)
  assert.equal(first.pings, 0)
  rules.health = { ...rules.health, intervalMs: 1000, maxELU: 0.5 }
  await clock.advance(3000)
  assert.ok(first.pings >= 2, `${first.pings} pings`)
  assert.ok(verdicts().includes('auth/0#1 pressed'), verdicts().join())
  monitor.close()
  clock.assertNoTimers()
})

test('HealthMonitor takes a blocked worker out one tick after it was pinged and has it killed after blockedAfter', async () => {
  const { monitor, clock, first, facts, events } = ward({ workers: 2 })
  first.elu = 1
  first.alive = false
  await clock.advance(2050)
  assert.deepEqual(facts, ['out auth/0#1'])
  const suspected = events.find((event) => event.type === 'worker.suspected')
  assert.deepEqual([suspected?.measure, suspected?.ejected], ['ping', true])
  await clock.advance(12_900)
  assert.equal(facts.length, 1)
  await clock.advance(2000)
  assert.equal(facts[1], 'kill auth/0#1 blocked')
  monitor.close()
})

test('HealthMonitor takes a blocked worker out in its grace period too', async () => {
  const { monitor, clock, first, facts } = ward({ readyForMs: 0 })
  first.elu = 1
  first.alive = false
  await clock.advance(2100)
  assert.deepEqual(facts, ['out auth/0#1'])
  monitor.close()
})

test('HealthMonitor counts silence from the ping: a worker blocked in a native call shows no load', async () => {
  const { monitor, clock, first, facts } = ward()
  first.elu = 0
  first.alive = false
  first.cpuMs = null
  await clock.advance(6100)
  assert.deepEqual(facts, ['out auth/0#1'])
  await clock.advance(15_000)
  assert.equal(facts[1], 'kill auth/0#1 blocked')
  monitor.close()
})

test('HealthMonitor keeps one ping open, and a late answer counts', async () => {
  const { monitor, clock, first, facts, verdicts } = ward({ workers: 2 })
  first.elu = 1
  first.alive = false
  await clock.advance(10_000)
  assert.equal(first.pings, 1)
  first.elu = 0.1
  first.alive = true
  await clock.advance(20_000)
  assert.deepEqual(facts, ['out auth/0#1', 'in auth/0#1'])
  assert.deepEqual(
    verdicts().filter((one) => one.startsWith('auth/0')),
    ['auth/0#1 blocked', 'auth/0#1 suspect', 'auth/0#1 ok'],
  )
  monitor.close()
})

test('HealthMonitor kills no worker that answers every ping late: its loop turns', async () => {
  const { monitor, clock, first, facts } = ward({ workers: 2, health: { maxELU: 0, maxUnhealthyChecks: 1000 } })
  first.elu = 1
  for (let i = 0; i < 60; i++) {
    first.alive = false
    await clock.advance(1500)
    first.alive = true
  }
  assert.ok(!facts.some((fact) => fact.startsWith('kill')))
  monitor.close()
})

test('HealthMonitor kills no worker that gets no CPU on a crowded machine, and one that gets it and does not turn', async () => {
  const { monitor, clock, puppets, state, facts } = ward({ workers: 2 })
  const [starved, spinning] = puppets
  assert.ok(starved && spinning)
  state.roomy = false
  for (const puppet of puppets) {
    puppet.elu = 1
    puppet.alive = false
  }
  for (let second = 0; second < 90; second++) {
    starved.cpuMs = 20 * second
    spinning.cpuMs = 500 * second
    await clock.advance(1000)
  }
  assert.deepEqual(
    facts.filter((fact) => fact.startsWith('kill')),
    ['kill auth/1#1 blocked'],
  )
  monitor.close()
})

test('HealthMonitor does not replace a worker for pings that it missed for want of CPU', async () => {
  for (const roomy of [false, true]) {
    const { monitor, clock, first, facts } = ward({ workers: 2, roomy, health: { maxELU: 0 } })
    first.elu = 1
    for (let i = 0; i < 20; i++) {
      first.alive = false
      await clock.advance(2500)
      first.alive = true
      // In between it gets a lot, and works.
      first.cpuMs = (first.cpuMs ?? 0) + 2000
      await clock.advance(2500)
    }
    assert.equal(facts.includes('replace auth/0#1 unhealthy'), roomy)
    monitor.close()
  }
})

test('HealthMonitor kills no blocked worker while an inspector is open, in the runtime or in the worker', async () => {
  const { monitor, clock, puppets, state, facts } = ward({ workers: 2 })
  const [debugged, other] = puppets
  assert.ok(debugged && other)
  debugged.inspected = true
  await clock.advance(6000)
  for (const puppet of puppets) {
    puppet.elu = 1
    puppet.alive = false
  }
  state.mayKill = false
  await clock.advance(60_000)
  assert.ok(!facts.some((fact) => fact.startsWith('kill')))
  state.mayKill = true
  await clock.advance(5000)
  assert.deepEqual(
    facts.filter((fact) => fact.startsWith('kill')),
    ['kill auth/1#1 blocked'],
  )
  monitor.close()
})

test('HealthMonitor condemns nobody for a stall of the main thread, whose queue it reads first', async () => {
  const { monitor, clock, puppets, facts, verdicts } = ward({ workers: 3, health: { blockedAfterMs: 2000 } })
  await clock.advance(6000)
  const before = verdicts().length
  for (const puppet of puppets) {
    puppet.elu = 1
    puppet.alive = false
  }
  await clock.advance(1000)
  clock.stall(5000)
  await clock.advance(10)
  for (const puppet of puppets) puppet.alive = true
  for (const puppet of puppets) puppet.elu = 0.2
  await clock.advance(10_000)
  assert.deepEqual(facts, [])
  assert.deepEqual(verdicts().slice(before), [])
  monitor.close()
})

test('HealthMonitor counts a late loop in one check only', async () => {
  const { monitor, clock, first } = ward({ health: { maxEventLoopDelayMs: 100, maxUnhealthyChecks: 100 } })
  await clock.advance(6000)
  first.loopDelayMs = 400
  await clock.advance(5000)
  first.loopDelayMs = 3
  assert.equal(monitor.assessment(first.key)?.badChecks, 1)
  await clock.advance(5000)
  assert.deepEqual([monitor.assessment(first.key)?.badChecks, monitor.assessment(first.key)?.verdict.kind], [0, 'ok'])
  monitor.close()
})

test('HealthMonitor replaces the slow one of a pool, and nobody of a slow pool', async () => {
  const slow = (slow: number) => {
    const made = ward({ workers: 3, health: { maxResponseTimeMs: 100 } })
    for (const [i, { row }] of made.puppets.entries()) {
      for (let n = 0; n < 50; n++) {
        row.requestStarted()
        row.requestFinished(i < slow ? 400 : 2)
      }
    }
    return made
  }
  const one = slow(1)
  for (let i = 0; i < 20; i++) {
    await one.clock.advance(1000)
    for (const [at, { row }] of one.puppets.entries()) row.requestFinished(at === 0 ? 400 : 2)
  }
  assert.deepEqual(one.facts, ['replace auth/0#1 unhealthy'])
  assert.deepEqual(
    one.puppets.map(({ pressed }) => pressed),
    [true, false, false],
  )
  one.monitor.close()
  const all = slow(3)
  for (let i = 0; i < 20; i++) {
    await all.clock.advance(1000)
    for (const { row } of all.puppets) row.requestFinished(400)
  }
  assert.deepEqual(all.facts, [])
  assert.ok(all.puppets.every(({ pressed }) => pressed))
  all.monitor.close()
})

test('HealthMonitor measures CPU for services with a limit only', async () => {
  const { monitor, clock, first, verdicts } = ward({ cpuLimit: 0.5 })
  for (let second = 0; second < 20; second++) {
    first.cpuMs = 700 * second
    await clock.advance(1000)
  }
  assert.ok(Math.abs((monitor.vitals(first.key).cpu ?? 0) - 0.7) < 0.05)
  assert.ok(verdicts().includes('auth/0#1 pressed'), verdicts().join())
  monitor.close()
})

test('HealthMonitor asks again for a replacement that there was no room for', async () => {
  const { monitor, clock, first, state, facts } = ward()
  state.budget = false
  first.elu = 1
  await clock.advance(40_000)
  assert.deepEqual(facts, [])
  state.budget = true
  await clock.advance(6000)
  assert.deepEqual(facts, ['replace auth/0#1 unhealthy'])
  monitor.close()
})

test('HealthMonitor knows of a discharged worker whether it was blocked', async () => {
  const { monitor, clock, puppets } = ward({ workers: 2 })
  const [blocked, well] = puppets
  assert.ok(blocked && well)
  blocked.elu = 1
  blocked.alive = false
  await clock.advance(3000)
  monitor.close()
  assert.equal(monitor.assessment(blocked.key)?.verdict.kind, 'blocked')
  assert.equal(monitor.discharge(blocked.key), true)
  assert.equal(monitor.discharge(well.key), false)
})

test('HealthMonitor has no discharged worker killed as blocked that a debugger may be holding', async () => {
  const { monitor, clock, puppets, state } = ward({ workers: 2 })
  const [debugged, other] = puppets
  assert.ok(debugged && other)
  debugged.inspected = true
  await clock.advance(6000)
  for (const puppet of puppets) {
    puppet.elu = 1
    puppet.alive = false
  }
  await clock.advance(3000)
  assert.equal(monitor.assessment(debugged.key)?.verdict.kind, 'blocked')
  assert.equal(monitor.discharge(debugged.key), false)
  state.mayKill = false
  assert.equal(monitor.discharge(other.key), false)
  monitor.close()
})

test('HealthMonitor charts requests per second and latency from the shared row', async () => {
  const { monitor, clock, first } = ward()
  for (let i = 0; i < 50; i++) {
    first.row.requestStarted()
    first.row.requestFinished(2)
  }
  await clock.advance(5000)
  const vitals = monitor.vitals(first.key)
  assert.equal(vitals.requestsPerSecond, 10)
  assert.ok(vitals.p99Ms !== null && vitals.p99Ms >= 2 && vitals.p99Ms < 3.3)
  monitor.close()
})
