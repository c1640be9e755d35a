import type { ServiceDescription, SlotDescription } from '../../src/model/description.ts'
import { serviceId, type WorkerKey } from '../../src/model/ids.ts'
import type { RuntimeView, ServiceView, WorkerView } from '../../src/model/view.ts'
import { NO_MESH_COUNTS } from '../../src/model/worker-row.ts'
import { whyOf } from '../../src/runtime/describe/why.ts'

export const NOW_MS = 1_800_000_000_000
const MB = 1024 * 1024

/** What is known of a service of the example; its exits are the last ones of its workers. */
export function exampleDescription(service: ServiceView): ServiceDescription {
  const facts = {
    at: NOW_MS,
    service,
    dependsOn: [],
    dependents: [],
    restart: { policy: 'always', maxAttempts: 5, windowMs: 60_000, maxPerHour: 20, startAttempts: 5 },
    slots: service.workers.map(describeWorker),
    exits: service.workers.flatMap(({ id, lastExit, generation }) =>
      lastExit === null
        ? []
        : [
            {
              ...lastExit,
              worker: `${id}#${(generation ?? 2) - 1}` as WorkerKey,
              uptimeMs: 3000,
              lastLines: ['GET /users/7', 'no such user \u001b[2J'],
            },
          ],
    ),
  } as const
  return { schema: 'meshrt.describe/v1', why: whyOf(facts), ...facts }
}

function describeWorker({ id, restarts, verdict }: WorkerView): SlotDescription {
  const pressed = { kind: 'pressed', measure: 'elu', limit: 0.98, value: 0.99 } as const
  const shown = verdict === 'pressed' ? pressed : verdict === 'ok' ? ({ kind: 'ok' } as const) : null
  return { id, crashesInWindow: restarts, crashesInHour: restarts, failedStarts: 0, verdict: shown, startStage: null, quarantine: null }
}

const CHECKED = { ok: true, durationMs: 12, detail: '' }

/** The runtime of the `ps` screens in the documentation. */
export function exampleView(): RuntimeView {
  const four = NOW_MS - 4 * 60_000
  return {
    schema: 'meshrt.ps/v1',
    runtime: {
      pid: 4242,
      guardianPid: null,
      name: 'shop',
      file: '/srv/shop/meshrt.yaml',
      mode: 'start',
      startedAt: four,
      state: 'running',
      url: 'http://127.0.0.1:3000',
    },
    services: [
      service(
        'gateway',
        {
          ready: 2,
          desired: 2,
          health: { ok: 2 },
          elu: 0.12,
          heapUsedBytes: 61 * MB,
          p99Ms: 3,
          requestsPerSecond: 812,
          url: 'http://127.0.0.1:3000',
          since: four,
        },
        [
          worker('gateway', 0, { threadId: 1, elu: 0.11, heapUsedBytes: 30 * MB, inFlight: 2, p99Ms: 3, since: four }),
          worker('gateway', 1, { threadId: 2, elu: 0.13, heapUsedBytes: 31 * MB, inFlight: 1, p99Ms: 3, since: four }),
        ],
      ),
      service(
        'auth',
        {
          state: 'degraded',
          ready: 2,
          desired: 3,
          health: { ok: 2 },
          restarts: 4,
          lastRestartAt: NOW_MS - 12_000,
          elu: 0.71,
          heapUsedBytes: 180 * MB,
          p99Ms: 9,
          requestsPerSecond: 640,
          url: 'http://auth.plt.local',
          since: four,
        },
        [
          worker('auth', 0, { threadId: 3, elu: 0.69, heapUsedBytes: 88 * MB, inFlight: 6, p99Ms: 9, since: four, check: CHECKED }),
          worker('auth', 1, {
            threadId: 4,
            elu: 0.99,
            verdict: 'pressed',
            reason: 'elu 0.99 > 0.98',
            badChecks: 1,
            check: CHECKED,
            loopDelayMs: 48,
            heapUsedBytes: 92 * MB,
            inFlight: 9,
            p99Ms: 31,
            since: four,
          }),
          worker('auth', 2, {
            state: 'starting',
            verdict: null,
            generation: 5,
            threadId: 9,
            restarts: 4,
            lastExit: {
              at: NOW_MS - 12_000,
              exit: {
                kind: 'crashed',
                code: 1,
                error: { name: 'TypeError', message: "Cannot read properties of undefined (reading 'id')" },
              },
            },
            since: NOW_MS - 2000,
          }),
        ],
      ),
      service('mailer', { state: 'backoff', ready: 0, desired: 1, restarts: 6, lastRestartAt: NOW_MS - 3000, since: NOW_MS - 3000 }, [
        worker('mailer', 0, {
          state: 'backoff',
          verdict: null,
          generation: 6,
          restarts: 6,
          lastExit: { at: NOW_MS - 3000, exit: { kind: 'crashed', code: 3 } },
          retryAt: NOW_MS + 4000,
        }),
      ]),
    ],
    abandoned: [],
  }
}

function service(id: string, facts: Partial<ServiceView>, workers: readonly WorkerView[]): ServiceView {
  const heapLimitBytes = facts.heapUsedBytes === undefined ? null : 512 * MB
  return {
    id: serviceId(id),
    state: 'running',
    type: 'auto',
    waitingFor: [],
    ready: 0,
    desired: 0,
    health: {},
    restarts: 0,
    lastRestartAt: null,
    since: NOW_MS,
    url: null,
    elu: null,
    heapUsedBytes: null,
    heapLimitBytes,
    p99Ms: null,
    requestsPerSecond: null,
    ...facts,
    workers,
  }
}

function worker(id: string, slot: number, facts: Partial<WorkerView>): WorkerView {
  const heapLimitBytes = facts.heapUsedBytes === undefined ? null : 256 * MB
  return {
    id: `${id}/${slot}`,
    slot,
    generation: 1,
    state: 'ready',
    verdict: 'ok',
    reason: '',
    badChecks: 0,
    check: null,
    externalBytes: null,
    cpu: null,
    pid: null,
    threadId: null,
    elu: null,
    heapUsedBytes: null,
    heapLimitBytes,
    loopDelayMs: null,
    p99Ms: null,
    requestsPerSecond: null,
    inFlight: 0,
    mesh: NO_MESH_COUNTS,
    restarts: 0,
    lastExit: null,
    since: null,
    retryAt: null,
    ...facts,
  }
}
