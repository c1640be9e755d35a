import assert from 'node:assert/strict'
import { test } from 'node:test'
import { expose } from '../../src/metrics/exposition.ts'
import { seriesOf } from '../../src/metrics/series.ts'
import { Tally, type Counts } from '../../src/metrics/tally.ts'
import type { Exit } from '../../src/model/exit.ts'
import { serviceId } from '../../src/model/ids.ts'
import { NO_MESH_COUNTS } from '../../src/model/worker-row.ts'
import { exampleView } from '../control/example-view.ts'

const auth = serviceId('auth')
const SLOT = { service: auth, slot: 0 }

/** Workers whose counters the test sets. */
function tallyOf() {
  const rows = new Map<number, Counts>()
  const tally = new Tally(
    ({ generation }) =>
      () =>
        rows.get(generation) ?? { requests: 0, mesh: NO_MESH_COUNTS },
  )
  return {
    tally,
    counts: (generation: number, requests: number, retries = 0) => rows.set(generation, { requests, mesh: { ...NO_MESH_COUNTS, retries } }),
    launched: (generation: number) => tally.hear({ atMs: 0, event: { type: 'worker.launched', worker: { ...SLOT, generation } } }),
    exited: (generation: number, exit: Exit) =>
      tally.hear({ atMs: 0, event: { type: 'worker.exited', worker: { ...SLOT, generation }, exit, uptimeMs: 1 } }),
  }
}

test('Tally goes on counting where a worker has ended, and through a replacement with two of them', () => {
  const { tally, counts, launched, exited } = tallyOf()
  launched(1)
  counts(1, 10, 2)
  assert.equal(tally.of(SLOT).requests, 10)
  launched(2)
  counts(2, 5)
  counts(1, 12, 3)
  assert.deepEqual([tally.of(SLOT).requests, tally.of(SLOT).mesh.retries], [17, 3])
  counts(1, 13, 3)
  exited(1, { kind: 'stopped', code: 0 })
  counts(2, 6)
  assert.deepEqual([tally.of(SLOT).requests, tally.of(SLOT).mesh.retries], [19, 3])
})

test('Tally counts exits by their cause', () => {
  const { tally, launched, exited } = tallyOf()
  const ends: readonly Exit[] = [
    { kind: 'crashed', code: 3 },
    { kind: 'crashed', code: 1 },
    { kind: 'killed', reason: 'blocked' },
    { kind: 'out-of-memory' },
  ]
  for (const [at, exit] of ends.entries()) {
    launched(at + 1)
    exited(at + 1, exit)
  }
  assert.deepEqual(Object.fromEntries(tally.of(SLOT).exits), { crashed: 2, 'killed-blocked': 1, 'out-of-memory': 1 })
})

test('Tally is not misled by counters that wrap at 32 bits, and forgets slots that are no more', () => {
  const { tally, counts, launched } = tallyOf()
  launched(1)
  counts(1, 2 ** 31 - 1)
  assert.equal(tally.of(SLOT).requests, 2 ** 31 - 1)
  counts(1, -(2 ** 31) + 9)
  assert.equal(tally.of(SLOT).requests, 2 ** 31 + 9)
  tally.keepOnly([])
  assert.equal(tally.of(SLOT).requests, 0)
})

test('the exposition labels by service and slot, never by generation, and says only what is known', async () => {
  const tally = { requests: 812, mesh: { ...NO_MESH_COUNTS, retries: 2 }, exits: new Map([['crashed', 4]]) }
  const text = await expose(seriesOf(exampleView(), () => tally))
  const lines = text.split('\n')
  for (const line of [
    'meshrt_service_state{service="auth",state="degraded"} 1',
    'meshrt_service_state{service="auth",state="running"} 0',
    'meshrt_service_workers_ready{service="auth"} 2',
    'meshrt_worker_elu_ratio{service="auth",slot="1"} 0.99',
    'meshrt_worker_loop_delay_seconds{service="auth",slot="1"} 0.048',
    'meshrt_worker_response_p99_seconds{service="auth",slot="0"} 0.009',
    'meshrt_worker_verdict{service="auth",slot="1",verdict="pressed"} 1',
    'meshrt_worker_in_flight_requests{service="auth",slot="1"} 9',
    'meshrt_worker_requests_total{service="auth",slot="0"} 812',
    'meshrt_worker_exits_total{service="auth",slot="2",cause="crashed"} 4',
    'meshrt_worker_restarts_total{service="mailer",slot="0"} 6',
    'meshrt_mesh_actions_total{service="auth",slot="0",action="retries"} 2',
    '# TYPE meshrt_worker_requests_total counter',
  ]) {
    assert.ok(lines.includes(line), `${line} is missing in\n${text}`)
  }
  assert.doesNotMatch(text, /generation|#\d|NaN|undefined/)
  assert.ok(!lines.some((line) => line.startsWith('meshrt_worker_elu_ratio{service="mailer"')), 'what is not measured has no value')
})
