import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServiceDescription, SlotDescription } from '../../../src/model/description.ts'
import { serviceId } from '../../../src/model/ids.ts'
import type { ServiceState, ServiceView, WorkerView } from '../../../src/model/view.ts'
import { whyOf } from '../../../src/runtime/describe/why.ts'
import { exampleDescription, exampleView, NOW_MS } from '../../control/example-view.ts'

const CRASH = { at: NOW_MS - 3000, exit: { kind: 'crashed', code: 1, error: { name: 'Error', message: 'no licence' } } } as const

interface Case {
  readonly state: ServiceState
  readonly worker?: Partial<WorkerView>
  readonly slot?: Partial<SlotDescription>
  readonly service?: Partial<ServiceView>
  readonly description?: Partial<ServiceDescription>
  readonly says: string
}

const CASES: readonly Case[] = [
  { state: 'pending', says: 'mailer has not begun to start yet' },
  { state: 'running', worker: { state: 'ready' }, service: { ready: 1 }, says: 'mailer is running, for 3s: 1 of 1 workers is ready' },
  {
    state: 'running',
    worker: { state: 'ready' },
    slot: { verdict: { kind: 'pressed', measure: 'elu', limit: 0.98, value: 0.99 } },
    service: { ready: 1 },
    says: 'mailer is running, for 3s: 1 of 1 workers is ready, but mailer/0 is pressed (elu 0.99 > 0.98)',
  },
  {
    state: 'backoff',
    worker: { state: 'backoff', lastExit: CRASH, retryAt: NOW_MS + 4000 },
    says: 'mailer serves nobody, for 3s: mailer/0 crashed: no licence 3s ago and is started again in 4s',
  },
  {
    state: 'backoff',
    worker: { state: 'ready' },
    slot: { verdict: { kind: 'blocked', measure: 'ping', limit: 1000, value: 7000 } },
    says: 'mailer serves nobody, for 3s: mailer/0 is blocked (no answer for 7000 ms (limit 1000 ms))',
  },
  {
    state: 'failed',
    worker: { state: 'quarantined', lastExit: CRASH },
    slot: { quarantine: { reason: 'intensity-exceeded', probeAt: NOW_MS + 40_000 }, crashesInWindow: 6 },
    says: 'mailer has failed, 3s ago: mailer/0 is quarantined: more than 5 crashes within 1m, the last worker crashed: no licence 3s ago; it gets one try in 40s; meshrt start mailer tries again at once',
  },
  {
    state: 'failed',
    worker: { state: 'quarantined', lastExit: { at: NOW_MS, exit: { kind: 'out-of-memory' } } },
    slot: { quarantine: { reason: 'start-failed', probeAt: null }, failedStarts: 5 },
    says: 'mailer has failed, 3s ago: mailer/0 is quarantined: 5 starts in a row have failed, the last worker ran out of memory 0s ago; meshrt start mailer tries again at once',
  },
  {
    state: 'starting',
    worker: { state: 'starting', since: NOW_MS - 2000 },
    slot: { startStage: 'its module has not loaded' },
    says: 'mailer is starting, for 3s: mailer/0 has been starting for 2s: its module has not loaded',
  },
  {
    state: 'waiting',
    service: { waitingFor: [{ service: serviceId('db'), condition: 'ready' }] },
    description: { dependsOn: [{ service: serviceId('db'), condition: 'ready', state: 'failed' }] },
    says: 'mailer waits, for 3s: db has to be ready, and is failed',
  },
  {
    state: 'stopped',
    says: 'mailer is stopped, for 3s: an operator, or the end of the runtime, has stopped it; meshrt start mailer starts it',
  },
  { state: 'completed', says: 'mailer has completed its work, 3s ago' },
]

for (const { state, worker = {}, slot = {}, service = {}, description = {}, says } of CASES) {
  test(`why: ${says}`, () => {
    const mailer = exampleView().services.find(({ id }) => id === 'mailer')
    assert.ok(mailer)
    const [first] = mailer.workers
    assert.ok(first)
    const bare = { ...first, lastExit: null, restarts: 0, retryAt: null, ...worker }
    const facts = exampleDescription({ ...mailer, workers: [bare], state, ...service })
    const [slotFacts] = facts.slots
    assert.ok(slotFacts)
    assert.equal(whyOf({ ...facts, slots: [{ ...slotFacts, ...slot }], ...description }), says)
  })
}
