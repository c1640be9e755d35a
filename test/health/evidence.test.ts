import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ward } from './ward.ts'

test('HealthMonitor pings at once when callers say that a worker takes nothing', async () => {
  const { monitor, clock, first, facts } = ward({ workers: 2 })
  await clock.advance(200)
  first.alive = false
  monitor.hear({ kind: 'stuck', caller: 'web/0#1' as never, target: first.key })
  assert.equal(first.pings, 1)
  await clock.advance(1200)
  assert.deepEqual(facts, ['out auth/0#1'])
  monitor.close()
})

test('HealthMonitor suspects a worker that answers pings and takes no requests, until its callers are content or gone', async () => {
  for (const end of ['unstuck', 'gone'] as const) {
    const { monitor, clock, first, facts } = ward({ workers: 2 })
    const caller = 'web/0#1' as never
    monitor.hear({ kind: 'stuck', caller, target: first.key })
    await clock.advance(6000)
    assert.deepEqual(facts, ['out auth/0#1'])
    if (end === 'gone') monitor.hear({ kind: 'gone', caller })
    else monitor.hear({ kind: 'unstuck', caller, target: first.key })
    await clock.advance(11_000)
    assert.deepEqual(facts, ['out auth/0#1', 'in auth/0#1'])
    monitor.close()
  }
})

test('HealthMonitor takes a queue before every worker of a saturated pool for load: nobody is left out or replaced', async () => {
  const { monitor, clock, puppets, facts, verdicts } = ward({ workers: 3, health: { maxELU: 0 } })
  const caller = 'web/0#1' as never
  for (const puppet of puppets) puppet.elu = 1
  for (let second = 0; second < 60; second++) {
    // Each takes a request now and again.
    const lucky = puppets[second % 3]?.key
    for (const { key } of puppets) monitor.hear({ kind: key === lucky ? 'unstuck' : 'stuck', caller, target: key })
    await clock.advance(1000)
  }
  assert.deepEqual(facts, [])
  assert.ok(verdicts().includes('auth/0#1 pressed'))
  monitor.close()
})

test('HealthMonitor replaces a busy worker that takes nothing while its siblings do', async () => {
  const { monitor, clock, puppets, first, facts } = ward({ workers: 3, health: { maxELU: 0 } })
  for (const puppet of puppets) puppet.elu = 1
  monitor.hear({ kind: 'stuck', caller: 'web/0#1' as never, target: first.key })
  await clock.advance(20_000)
  assert.deepEqual(facts, ['out auth/0#1', 'replace auth/0#1 unhealthy'])
  monitor.close()
})

test('HealthMonitor suspects a worker whose requests fail, for the check after', async () => {
  const { monitor, clock, first, facts, verdicts } = ward({ workers: 2 })
  monitor.hear({ kind: 'circuit-opened', caller: 'web/0#1' as never, target: first.key })
  await clock.advance(6000)
  assert.deepEqual(facts, ['out auth/0#1'])
  assert.ok(verdicts().includes('auth/0#1 suspect'))
  await clock.advance(11_000)
  assert.deepEqual(facts, ['out auth/0#1', 'in auth/0#1'])
  monitor.close()
})

test('HealthMonitor leaves suspects in when fewer than half of the pool would be left, and says so', async () => {
  const { monitor, clock, puppets, facts, events } = ward({ workers: 3, health: { maxUnhealthyChecks: 100 } })
  for (const { key } of puppets.slice(0, 2)) monitor.hear({ kind: 'stuck', caller: 'web/0#1' as never, target: key })
  await clock.advance(6000)
  assert.deepEqual(facts, ['out auth/0#1', 'in auth/0#1'])
  const ejected = events.flatMap((event) => (event.type === 'worker.suspected' ? [event.ejected] : []))
  assert.deepEqual(ejected, [true, false])
  monitor.close()
})

test('HealthMonitor replaces a worker whose own check fails, and shows what it said', async () => {
  const { monitor, clock, first, facts } = ward({ health: { check: { kind: 'export' } } })
  first.check = { ok: true, durationMs: 12, detail: '' }
  await clock.advance(6000)
  assert.deepEqual(monitor.check(first.key), first.check)
  first.check = { ok: false, durationMs: 3, detail: '503' }
  await clock.advance(15_000)
  assert.deepEqual(facts, ['replace auth/0#1 unhealthy'])
  const { verdict } = monitor.assessment(first.key) ?? {}
  assert.deepEqual(verdict, { kind: 'unhealthy', measure: 'check', limit: 1000, value: 3, detail: '503' })
  monitor.close()
})

test('HealthMonitor judges a worker by this check alone, and shows what the last one said that said something', async () => {
  const { monitor, clock, first, facts } = ward({ health: { check: { kind: 'export' } } })
  const bad = { ok: false, durationMs: 3, detail: '503' }
  first.check = bad
  await clock.advance(6000)
  assert.equal(monitor.assessment(first.key)?.badChecks, 1)
  first.check = null
  await clock.advance(30_000)
  assert.deepEqual(
    facts.filter((fact) => fact.startsWith('replace')),
    [],
  )
  assert.equal(monitor.assessment(first.key)?.verdict.kind, 'ok')
  assert.deepEqual(monitor.check(first.key), bad)
  monitor.close()
})

test('HealthMonitor gives a check up after checkTimeout', async () => {
  const { monitor, clock, first } = ward({ health: { check: { kind: 'export' }, checkTimeoutMs: 300 } })
  first.check = 'silent'
  await clock.advance(5500)
  assert.deepEqual(monitor.check(first.key), { ok: false, durationMs: 300, detail: 'no answer within 300 ms' })
  monitor.close()
  clock.assertNoTimers()
})
