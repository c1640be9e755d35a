import type { MeshEndpoint } from '../mesh/endpoint.ts'
import { hasMeshrtCode } from '../errors/meshrt-error.ts'
import { formatWorkerId } from '../model/ids.ts'
import type { Clock } from '../model/clock.ts'
import type { ServiceSpec } from '../model/spec.ts'
import type { CheckResult } from '../model/verdict.ts'
import type { Patient } from '../health/patient.ts'
import type { WorkerHandle } from '../pool/launcher.ts'

export interface CheckMeans {
  readonly endpoint: Pick<MeshEndpoint, 'request'>
  readonly clock: Clock
}

/**
 * The monitor gives a check up at `checkTimeout`, by its own clock, which knows of stalls of this thread. This is the bound for
 * what is left of it then.
 */
const GIVEN_UP_AFTER_MS = 60_000

/** How the service says itself whether a worker of it is well; null when it does not. */
export function ownCheckOf(worker: WorkerHandle, spec: ServiceSpec, means: CheckMeans): Patient['check'] {
  const { check, checkTimeoutMs } = spec.health
  const deadlineMs = checkTimeoutMs + GIVEN_UP_AFTER_MS
  switch (check.kind) {
    case 'none':
      return null
    case 'export':
      return () => timed(means.clock, () => worker.check(deadlineMs))
    case 'path': {
      const request = {
        service: spec.id,
        worker: formatWorkerId(worker.id),
        method: 'GET',
        path: check.path,
        headers: [],
        timeoutMs: deadlineMs,
      }
      return (signal) =>
        timed(means.clock, async () => {
          const { status } = await means.endpoint.request({ ...request, signal })
          return { ok: status >= 200 && status <= 399, detail: String(status) }
        })
    }
  }
}

/** Never rejects. */
async function timed(clock: Clock, ask: () => Promise<{ readonly ok: boolean; readonly detail: string }>): Promise<CheckResult | null> {
  const startedMs = clock.nowMs()
  try {
    const { ok, detail } = await ask()
    return { ok, detail, durationMs: clock.nowMs() - startedMs }
  } catch (error) {
    // A worker that is full is busy, which says nothing about its health.
    if (hasMeshrtCode(error) && error.code === 'MESHRT_MESH_OVERLOADED') return null
    return { ok: false, detail: error instanceof Error ? error.message : String(error), durationMs: clock.nowMs() - startedMs }
  }
}
