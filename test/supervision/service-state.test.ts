import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceState } from '../../src/supervision/service-state.ts'
import type { Phase, Slot } from '../../src/supervision/slot.ts'
import { SlotDriver } from './slot-driver.ts'

const worker = { generation: 1, launchedAtMs: 0, readyAtMs: 0 }
const PHASES = {
  empty: { kind: 'empty' },
  starting: { kind: 'starting', worker, stage: { kind: 'loading' }, probe: false, replacing: null },
  ready: { kind: 'ready', worker },
  backoff: { kind: 'backoff', untilMs: 1 },
  stopped: { kind: 'stopped' },
  completed: { kind: 'completed' },
  quarantined: { kind: 'quarantined', reason: 'start-failed', probeAtMs: null },
} as const satisfies Record<string, Phase>

const TABLE: readonly [readonly (keyof typeof PHASES)[], string][] = [
  [['ready', 'ready'], 'running'],
  [['ready', 'starting'], 'degraded'],
  [['ready', 'quarantined'], 'degraded'],
  [['backoff', 'starting'], 'backoff'],
  [['backoff', 'quarantined'], 'backoff'],
  [['starting', 'quarantined'], 'starting'],
  [['empty', 'starting'], 'starting'],
  [['quarantined', 'quarantined'], 'failed'],
  [['quarantined', 'stopped'], 'failed'],
  [['stopped', 'stopped'], 'stopped'],
  [['completed', 'completed'], 'completed'],
]

for (const [phases, expected] of TABLE) {
  test(`serviceState of ${phases.join(' and ')} is ${expected}`, () => {
    const slots = phases.map((phase): Slot => ({ ...new SlotDriver().slot, phase: PHASES[phase] }))
    assert.equal(serviceState(slots), expected)
  })
}

test('serviceState of a service with a stuck worker is degraded, and backoff when there is no other', () => {
  const slots = [0, 1].map((slot): Slot => ({ ...new SlotDriver().slot, id: { ...new SlotDriver().slot.id, slot }, phase: PHASES.ready }))
  assert.equal(
    serviceState(slots, ({ id }) => id.slot === 0),
    'degraded',
  )
  assert.equal(
    serviceState(slots, () => true),
    'backoff',
  )
})

test('serviceState of a service whose worker was killed before its successor came is backoff, and degraded beside a serving sibling', () => {
  const killed = SlotDriver.ready()
  killed.send({ type: 'replace', reason: 'unhealthy' })
  assert.equal(serviceState([killed.slot]), 'running')
  killed.send({ type: 'kill', generation: 1, reason: 'blocked' })
  assert.equal(serviceState([killed.slot]), 'backoff')
  assert.equal(serviceState([killed.slot, { ...killed.slot, phase: PHASES.ready }]), 'degraded')
})
