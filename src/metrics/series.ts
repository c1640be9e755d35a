import { serviceOfKey, type SlotId } from '../model/ids.ts'
import { MESH_COUNTERS } from '../model/worker-row.ts'
import type { RuntimeView, ServiceState, ServiceView, WorkerView } from '../model/view.ts'
import type { SlotTally } from './tally.ts'

/** One family of Prometheus: a name, and a value for each set of labels. */
export interface Series {
  readonly kind: 'counter' | 'gauge'
  readonly name: string
  readonly help: string
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

const SERVICE_STATES: readonly ServiceState[] = [
  'pending',
  'waiting',
  'starting',
  'running',
  'degraded',
  'backoff',
  'failed',
  'stopped',
  'completed',
]
const VERDICTS = ['grace', 'ok', 'pressed', 'suspect', 'unhealthy', 'blocked'] as const

/** What is counted over all workers that a slot has had. */
type TallyOf = (slot: SlotId) => SlotTally

/**
 * The measures of a runtime as Prometheus has them: base units, labels by service and slot and never by generation, one series per state with 1 for
 * the one that holds. Slots that are no more have no series.
 */
export function seriesOf({ runtime, services, abandoned }: RuntimeView, tallyOf: TallyOf): readonly Series[] {
  const workers = services.flatMap((service) => service.workers.map((worker) => ({ service, worker, labels: labelsOf(service, worker) })))
  const gauge = (name: string, help: string, valueOf: (worker: WorkerView) => number | null): Series => {
    const samples = workers.flatMap(({ worker, labels }) => {
      const value = valueOf(worker)
      return value === null ? [] : [{ labels, value }]
    })
    return { kind: 'gauge', name: `meshrt_worker_${name}`, help, samples }
  }
  const tallies = workers.map(({ service, worker, labels }) => ({ labels, tally: tallyOf({ service: service.id, slot: worker.slot }) }))
  return [
    {
      kind: 'gauge',
      name: 'meshrt_start_time_seconds',
      help: 'When the runtime started',
      samples: [{ labels: {}, value: runtime.startedAt / 1000 }],
    },
    ...serviceSeries(services),
    abandonedSeries({ services, abandoned }),
    gauge('ready', 'Whether the worker serves', ({ state }) => (state === 'ready' || state === 'replacing' ? 1 : 0)),
    gauge('elu_ratio', 'Event-loop utilisation, from 0 to 1', ({ elu }) => elu),
    gauge('heap_used_bytes', 'Heap in use', ({ heapUsedBytes }) => heapUsedBytes),
    gauge('heap_limit_bytes', 'Heap that the worker may use', ({ heapLimitBytes }) => heapLimitBytes),
    gauge('external_bytes', 'Memory outside the heap: Buffers', ({ externalBytes }) => externalBytes),
    gauge('loop_delay_seconds', 'Delay of the event loop', ({ loopDelayMs }) => seconds(loopDelayMs)),
    gauge('response_p99_seconds', 'Time within which 99 of 100 requests are answered', ({ p99Ms }) => seconds(p99Ms)),
    gauge('requests_per_second', 'Requests per second, lately', ({ requestsPerSecond }) => requestsPerSecond),
    gauge('in_flight_requests', 'Requests under way', ({ inFlight }) => inFlight),
    gauge('bad_checks', 'Bad health checks in a row', ({ badChecks }) => badChecks),
    verdictSeries(workers),
    {
      kind: 'counter',
      name: 'meshrt_worker_requests_total',
      help: 'Requests answered, over all workers that the slot has had',
      samples: tallies.map(({ labels, tally }) => ({ labels, value: tally.requests })),
    },
    {
      kind: 'counter',
      name: 'meshrt_worker_exits_total',
      help: 'Workers of the slot that have ended, by cause',
      samples: tallies.flatMap(({ labels, tally }) => [...tally.exits].map(([cause, value]) => ({ labels: { ...labels, cause }, value }))),
    },
    {
      kind: 'counter',
      name: 'meshrt_worker_restarts_total',
      help: 'Workers launched in place of one that had ended unasked',
      samples: workers.map(({ worker, labels }) => ({ labels, value: worker.restarts })),
    },
    {
      kind: 'counter',
      name: 'meshrt_mesh_actions_total',
      help: 'What the mesh had to do about trouble, over all workers that the slot has had',
      samples: tallies.flatMap(({ labels, tally }) =>
        MESH_COUNTERS.map((action) => ({ labels: { ...labels, action }, value: tally.mesh[action] })),
      ),
    },
  ]
}

interface LabelledWorker {
  readonly worker: WorkerView
  readonly labels: Readonly<Record<string, string>>
}

function verdictSeries(workers: readonly LabelledWorker[]): Series {
  const judged = workers.filter(({ worker }) => worker.verdict !== null)
  const samples = judged.flatMap(({ worker, labels }) =>
    VERDICTS.map((verdict) => ({ labels: { ...labels, verdict }, value: worker.verdict === verdict ? 1 : 0 })),
  )
  return { kind: 'gauge', name: 'meshrt_worker_verdict', help: '1 for the verdict of the health monitor that holds', samples }
}

function serviceSeries(services: readonly ServiceView[]): readonly Series[] {
  const each = (name: string, help: string, valueOf: (service: ServiceView) => number): Series => ({
    kind: 'gauge',
    name: `meshrt_service_${name}`,
    help,
    samples: services.map((service) => ({ labels: { service: service.id }, value: valueOf(service) })),
  })
  const states = services.flatMap(({ id, state }) =>
    SERVICE_STATES.map((one) => ({ labels: { service: id, state: one }, value: one === state ? 1 : 0 })),
  )
  return [
    { kind: 'gauge', name: 'meshrt_service_state', help: '1 for the state that holds', samples: states },
    each('workers_ready', 'Workers that serve, or have completed', ({ ready }) => ready),
    each('workers_desired', 'Workers that there are to be', ({ desired }) => desired),
  ]
}

/** Of the services that there are, and of those that have gone and left a thread behind. */
function abandonedSeries({ services, abandoned }: Pick<RuntimeView, 'services' | 'abandoned'>): Series {
  const owners = abandoned.map(({ id }) => serviceOfKey(id))
  return {
    kind: 'gauge',
    name: 'meshrt_service_abandoned_threads',
    help: 'Threads that outlived their termination',
    samples: [...new Set([...services.map(({ id }) => id), ...owners])].map((service) => ({
      labels: { service },
      value: owners.filter((owner) => owner === service).length,
    })),
  }
}

function labelsOf(service: ServiceView, { slot }: WorkerView): Readonly<Record<string, string>> {
  return { service: service.id, slot: String(slot) }
}

function seconds(ms: number | null): number | null {
  return ms === null ? null : ms / 1000
}
