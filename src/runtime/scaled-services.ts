import type { HealthMonitor } from '../health/monitor.ts'
import { formatWorkerId } from '../model/ids.ts'
import type { VerdictKind } from '../model/verdict.ts'
import { estimateWorkerBytes } from '../supervision/memory-room.ts'
import type { ScaledService } from './autoscaler.ts'
import type { Operations } from './operations.ts'
import type { ServiceKeeper } from './service-keeper.ts'

export interface ScalingSources {
  readonly keepers: Iterable<ServiceKeeper>
  readonly operations: Operations
  /** Measures also where it does not judge. */
  readonly monitor: Pick<HealthMonitor, 'vitals' | 'assessment'>
  /** Of the process, before there were workers and now. */
  readonly memory: { readonly baseBytes: number; readonly rssBytes: number }
}

/** A worker with such a verdict is still warming up, or gets no requests: its utilisation says nothing about the load. */
const NOT_MEASURED: ReadonlySet<VerdictKind | undefined> = new Set(['grace', 'suspect', 'blocked'])

/** The services whose number of workers follows the load, as the autoscaler sees them. */
export function scaledServices({ keepers, operations, monitor, memory }: ScalingSources): readonly ScaledService[] {
  const all = [...keepers]
  const heaps = all.flatMap((keeper) => heapsOf(keeper, monitor))
  return all.flatMap((keeper) => {
    const { id, spec, state, pool } = keeper
    if (spec.scaling === null) return []
    return {
      id,
      spec: spec.scaling,
      workers: pool.size,
      lost: pool.members.filter(({ phase }) => phase.kind === 'quarantined').length,
      isSteady: (state === 'running' || state === 'degraded') && !operations.isBusy(id),
      elus: elusOf(keeper, monitor),
      workerBytes: estimateWorkerBytes(heapsOf(keeper, monitor), { ...memory, heaps }),
    }
  })
}

function elusOf({ pool }: ServiceKeeper, monitor: ScalingSources['monitor']): readonly number[] {
  return pool.members.flatMap(({ id, phase }) => {
    if (phase.kind !== 'ready') return []
    const key = formatWorkerId({ ...id, generation: phase.worker.generation })
    const { elu } = monitor.vitals(key)
    return elu === null || NOT_MEASURED.has(monitor.assessment(key)?.verdict.kind) ? [] : [elu]
  })
}

function heapsOf({ pool }: ServiceKeeper, monitor: ScalingSources['monitor']): readonly (number | null)[] {
  return pool.members.flatMap(({ id, phase }) =>
    phase.kind === 'ready' ? [monitor.vitals(formatWorkerId({ ...id, generation: phase.worker.generation })).heapUsedBytes] : [],
  )
}
