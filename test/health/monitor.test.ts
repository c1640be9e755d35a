import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HealthMonitor } from '../../src/health/monitor.ts'
import type { Patient } from '../../src/health/patient.ts'
import { formatWorkerId, serviceId } from '../../src/model/ids.ts'
import type { RuntimeEvent } from '../../src/model/events.ts'
import { WorkerRow } from '../../src/model/worker-row.ts'
import { FakeClock } from '../support/fake-clock.ts'
import { serviceSpec } from '../support/specs.ts'

function ward() {
  const clock = new FakeClock()
  const facts: string[] = []
  const events: RuntimeEvent[] = []
  const monitor = new HealthMonitor({
    clock,
    emit: (event) => void events.push(event),
    treatment: {
      leaveRotation: (id) => void facts.push(`out ${formatWorkerId(id)}`),
      enterRotation: (id) => void facts.push(`in ${formatWorkerId(id)}`),
      replace: (id, reason) => (facts.push(`replace ${formatWorkerId(id)} ${reason}`), true),
      kill: (id, reason) => void facts.push(`kill ${formatWorkerId(id)} ${reason}`),
    },
  })
  const state = { elu: 0.1, alive: true, heapBytes: 10, pings: 0 }
  const row = new WorkerRow()
  const patient = (overrides: Partial<Patient> = {}): Patient => ({
    id: { service: serviceId('auth'), slot: 0, generation: 1 },
    spec: serviceSpec().health,
    heapLimitBytes: null,
    readyAtMs: clock.nowMs() - 60_000,
    utilisation: () => state.elu,
    ping: (deadlineMs) => {
      state.pings += 1
      if (state.alive) return Promise.resolve({ loopDelayMs: 3 })
      return new Promise((_, reject) => clock.schedule(deadlineMs, () => reject(new Error('silent'))))
    },
    heap: () => Promise.resolve({ usedBytes: state.heapBytes, limitBytes: 100 }),
    readRow: () => row.read(),
    ...overrides,
  })
  return { clock, facts, events, monitor, state, row, patient }
}

test('HealthMonitor leaves idle workers alone', async () => {
  const { monitor, patient, clock, state, facts } = ward()
  monitor.admit(patient())
  monitor.start()
  await clock.advance(60_000)
  assert.equal(state.pings, 0)
  assert.deepEqual(facts, [])
  monitor.close()
  clock.assertNoTimers()
})

test('HealthMonitor takes a blocked worker out within a few seconds and has it killed after blockedAfter', async () => {
  const { monitor, patient, clock, state, facts } = ward()
  monitor.admit(patient())
  monitor.start()
  state.elu = 1
  state.alive = false
  await clock.advance(3000)
  assert.deepEqual(facts, ['out auth/0#1'])
  await clock.advance(15_000)
  assert.equal(facts[1], 'kill auth/0#1 blocked')
  monitor.close()
})

test('HealthMonitor lets a worker back that answers again', async () => {
  const { monitor, patient, clock, state, facts } = ward()
  monitor.admit(patient())
  monitor.start()
  state.elu = 1
  state.alive = false
  await clock.advance(4000)
  state.alive = true
  state.elu = 0.1
  await clock.advance(20_000)
  assert.deepEqual(facts, ['out auth/0#1', 'in auth/0#1'])
  monitor.close()
})

test('HealthMonitor does not hold a busy worker that answers for blocked', async () => {
  const { monitor, patient, clock, state, facts } = ward()
  monitor.admit(patient({ spec: { ...serviceSpec().health, maxELU: 0 } }))
  monitor.start()
  state.elu = 1
  await clock.advance(30_000)
  assert.ok(state.pings > 10)
  assert.deepEqual(facts, [])
  monitor.close()
})

test('HealthMonitor recycles a worker near its heap limit, once, and kills one at it', async () => {
  const { monitor, patient, clock, state, facts } = ward()
  monitor.admit(patient({ heapLimitBytes: 1000 }))
  monitor.start()
  await clock.advance(2000)
  state.heapBytes = 900
  await clock.advance(3000)
  state.heapBytes = 1000
  await clock.advance(200)
  assert.deepEqual(facts.slice(0, 2), ['replace auth/0#1 heap', 'kill auth/0#1 heap-limit'])
  monitor.close()
})

test('HealthMonitor tells every change of a verdict once, with its measure', async () => {
  const { monitor, patient, clock, state, events } = ward()
  monitor.admit(patient())
  monitor.start()
  await clock.advance(6000)
  state.elu = 1
  await clock.advance(6000)
  const changes = events.filter((event) => event.type === 'health.changed')
  assert.deepEqual(
    changes.map(({ from, verdict }) => `${from} → ${verdict.kind}`),
    ['grace → ok', 'ok → pressed'],
  )
  monitor.close()
})

test('HealthMonitor charts requests per second and latency from the shared row', async () => {
  const { monitor, patient, clock, row } = ward()
  const one = patient()
  monitor.admit(one)
  monitor.start()
  for (let i = 0; i < 50; i++) {
    row.requestStarted()
    row.requestFinished(2)
  }
  await clock.advance(5000)
  const vitals = monitor.vitals(formatWorkerId(one.id))
  assert.equal(vitals.requestsPerSecond, 10)
  assert.ok(vitals.p99Ms !== null && vitals.p99Ms >= 2 && vitals.p99Ms < 3.3)
  monitor.close()
})
