import type { ServiceView, RuntimeView, WorkerView } from '../model/view.ts'
import { describeVerdict, type VerdictKind } from '../model/verdict.ts'
import { formatSlotId, formatWorkerId } from '../model/ids.ts'
import { NO_MESH_COUNTS } from '../model/worker-row.ts'
import type { HealthMonitor } from '../health/monitor.ts'
import { NO_VITALS } from '../health/patient.ts'
import type { Vitals } from '../model/view.ts'
import type { Clock } from '../model/clock.ts'
import type { AbandonedWorker } from '../pool/worker-register.ts'
import { presentWorker } from '../supervision/serving.ts'
import type { Slot } from '../supervision/slot.ts'
import type { ServiceKeeper } from './service-keeper.ts'

export interface SnapshotSources {
  readonly runtime: RuntimeView['runtime']
  readonly keepers: Iterable<ServiceKeeper>
  readonly abandoned: readonly AbandonedWorker[]
  readonly monitor: HealthMonitor
  readonly meshDomain: string
  readonly clock: Clock
}

/** Everything `ps` shows, from main-thread state alone: no worker is asked. */
export function takeSnapshot({ runtime, keepers, abandoned, monitor, meshDomain, clock }: SnapshotSources): RuntimeView {
  const toEpochMs = (atMs: number) => Math.round(clock.epochMs() - (clock.nowMs() - atMs))
  const services = [...keepers].map((keeper): ServiceView => {
    const workers = keeper.pool.slots.map((slot) => viewWorker(slot, { keeper, monitor, toEpochMs }))
    return viewService(keeper, { workers, url: urlOf(keeper, { runtime, meshDomain }), toEpochMs })
  })
  return {
    schema: 'meshrt.ps/v1',
    runtime,
    services,
    abandoned: abandoned.map(({ id, threadId, atMs }) => ({ id: formatWorkerId(id), threadId, since: toEpochMs(atMs) })),
  }
}

function urlOf(
  keeper: ServiceKeeper,
  { runtime, meshDomain }: { readonly runtime: RuntimeView['runtime']; readonly meshDomain: string },
): string | null {
  const { report } = keeper.pool
  if (!report || report.kind === 'background') return null
  return report.address ? runtime.url : `http://${keeper.id}${meshDomain}`
}

function viewService(
  keeper: ServiceKeeper,
  {
    workers,
    url,
    toEpochMs,
  }: { readonly workers: readonly WorkerView[]; readonly url: string | null; readonly toEpochMs: (atMs: number) => number },
): ServiceView {
  const { slots } = keeper.pool
  const lastRestartMs = slots.reduce<number | null>(
    (last, slot) => (slot.lastRestartMs === null ? last : Math.max(last ?? 0, slot.lastRestartMs)),
    null,
  )
  return {
    id: keeper.id,
    state: keeper.state,
    type: keeper.spec.type,
    waitingFor: keeper.waitingFor,
    ready: keeper.readyCount,
    desired: keeper.pool.size,
    health: countVerdicts(workers),
    restarts: slots.reduce((sum, slot) => sum + slot.restarts, 0),
    lastRestartAt: lastRestartMs === null ? null : toEpochMs(lastRestartMs),
    since: keeper.sinceMs,
    url,
    elu: average(workers.map((worker) => worker.elu)),
    heapUsedBytes: sum(workers.map((worker) => worker.heapUsedBytes)),
    heapLimitBytes: sum(workers.map((worker) => worker.heapLimitBytes)),
    p99Ms: highest(workers.map((worker) => worker.p99Ms)),
    requestsPerSecond: sum(workers.map((worker) => worker.requestsPerSecond)),
    workers,
  }
}

interface WorkerSources {
  readonly keeper: ServiceKeeper
  readonly monitor: HealthMonitor
  readonly toEpochMs: (atMs: number) => number
}

function viewWorker(slot: Slot, { keeper, monitor, toEpochMs }: WorkerSources): WorkerView {
  const current = presentWorker(slot)
  const handle = current ? keeper.pool.worker(slot.id.slot, current.generation) : undefined
  const key = current ? formatWorkerId({ ...slot.id, generation: current.generation }) : null
  const assessment = key ? monitor.assessment(key) : null
  const vitals: Vitals = key ? monitor.vitals(key) : NO_VITALS
  return {
    id: formatSlotId(slot.id),
    slot: slot.id.slot,
    generation: current?.generation ?? null,
    state: slot.phase.kind,
    verdict: assessment?.verdict.kind ?? null,
    reason: assessment ? describeVerdict(assessment.verdict) : '',
    badChecks: assessment?.badChecks ?? 0,
    check: key ? monitor.check(key) : null,
    pid: handle?.pid ?? null,
    threadId: handle?.threadId ?? null,
    ...vitals,
    inFlight: handle?.row.inFlight ?? 0,
    mesh: handle?.row.meshCounts ?? NO_MESH_COUNTS,
    restarts: slot.restarts,
    lastExit: slot.lastExit ? { at: toEpochMs(slot.lastExit.atMs), exit: slot.lastExit.exit } : null,
    since: current ? toEpochMs(current.launchedAtMs) : null,
    retryAt: slot.phase.kind === 'backoff' ? toEpochMs(slot.phase.untilMs) : null,
  }
}

function countVerdicts(workers: readonly WorkerView[]): Partial<Record<VerdictKind, number>> {
  const counts: Partial<Record<VerdictKind, number>> = {}
  for (const { verdict } of workers) if (verdict) counts[verdict] = (counts[verdict] ?? 0) + 1
  return counts
}

function measured(values: readonly (number | null)[]): readonly number[] {
  return values.filter((value) => value !== null)
}

function sum(values: readonly (number | null)[]): number | null {
  const known = measured(values)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0)
}

function average(values: readonly (number | null)[]): number | null {
  const known = measured(values)
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0) / known.length
}

function highest(values: readonly (number | null)[]): number | null {
  const known = measured(values)
  return known.length === 0 ? null : Math.max(...known)
}
