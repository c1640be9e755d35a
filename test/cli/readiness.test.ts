import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readinessOf, type Goal } from '../../src/cli/readiness.ts'
import { serviceId } from '../../src/model/ids.ts'
import type { RuntimeView, ServiceView } from '../../src/model/view.ts'
import { exampleView } from '../control/example-view.ts'

const all = (condition: Goal['condition']): Goal => ({ condition, services: [] })
const named = (condition: Goal['condition'], ...ids: readonly string[]): Goal => ({ condition, services: ids.map(serviceId) })

/** The example with other facts about its services. */
function view(facts: Readonly<Record<string, Partial<ServiceView>>>): RuntimeView {
  const { services, ...rest } = exampleView()
  return { ...rest, services: services.map((service) => ({ ...service, ...facts[service.id] })) }
}

const RUNNING = { gateway: { state: 'running' }, auth: { state: 'running' }, mailer: { state: 'running' } } as const

test('ready is reached by what runs or has completed; a stopped service is waited for only by who names it', () => {
  assert.equal(readinessOf(view(RUNNING), all('ready')).kind, 'reached')
  assert.equal(readinessOf(view({ ...RUNNING, mailer: { state: 'completed' } }), all('ready')).kind, 'reached')
  const stopped = view({ ...RUNNING, mailer: { state: 'stopped' } })
  assert.equal(readinessOf(stopped, all('ready')).kind, 'reached')
  assert.deepEqual(reasonOf(stopped, named('ready', 'mailer')), ['mailer', 'is stopped'])
  assert.equal(readinessOf(view({ ...RUNNING, auth: { state: 'backoff' } }), named('ready', 'gateway')).kind, 'reached')
})

test('ready is pending while a worker may still come, and hopeless when those that are missing rest', () => {
  assert.equal(readinessOf(view({ ...RUNNING, auth: { state: 'degraded' } }), named('ready', 'auth')).kind, 'pending')
  const { workers } = exampleView().services.find(({ id }) => id === 'auth') ?? assert.fail()
  const resting = workers.map((worker) => (worker.slot === 2 ? { ...worker, state: 'quarantined' as const } : worker))
  const hopeless = view({ ...RUNNING, auth: { state: 'degraded', workers: resting } })
  assert.deepEqual(reasonOf(hopeless, all('ready')), ['auth', 'is degraded: auth/2 is quarantined'])
})

test('a failure is told before what waits because of it', () => {
  const waitingFor = [{ service: serviceId('mailer'), condition: 'ready' }] as const
  const failed = view({ ...RUNNING, auth: { state: 'waiting', waitingFor }, mailer: { state: 'failed' } })
  assert.deepEqual(reasonOf(failed, all('ready')), ['mailer', 'has failed'])
  assert.deepEqual(reasonOf(failed, named('ready', 'auth')), ['auth', 'waits for "mailer", which has failed'])
})

test('stopped is reached by what has no worker that runs, completed of everything by the oneshots', () => {
  const mixed = view({ gateway: { state: 'stopped' }, auth: { state: 'completed', type: 'oneshot' }, mailer: { state: 'backoff' } })
  assert.equal(readinessOf(mixed, named('stopped', 'gateway', 'auth')).kind, 'reached')
  assert.equal(readinessOf(mixed, all('stopped')).kind, 'pending')
  assert.equal(readinessOf(mixed, all('completed')).kind, 'reached')
  assert.deepEqual(reasonOf(mixed, named('completed', 'gateway')), ['gateway', 'is stopped'])
})

function reasonOf(shown: RuntimeView, goal: Goal): readonly [string, string] | null {
  const readiness = readinessOf(shown, goal)
  return readiness.kind === 'unreachable' ? [readiness.service.id, readiness.reason] : null
}

test('a service that a reload has removed is never ready or completed, and stopped for who waits for that', () => {
  const present = view(RUNNING)
  for (const condition of ['ready', 'completed'] as const) {
    assert.deepEqual(reasonOf(present, named(condition, 'gateway', 'gone')), ['gone', 'is not there any more'])
  }
  assert.equal(readinessOf(present, named('stopped', 'gone')).kind, 'reached')
})
