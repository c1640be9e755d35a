import type { StartReport } from '../itc/protocol.ts'
import type { Emit } from '../model/events.ts'
import { toErrorInfo } from '../model/failure.ts'
import type { WorkerId } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import { formatOrigin } from '../model/origin.ts'
import type { SlotEvent } from '../supervision/slot.ts'
import type { WorkerHandle, WorkerListener } from './launcher.ts'
import type { Routing } from './routing.ts'

interface Ports {
  readonly routing: Routing
  readonly emit: Emit
  readonly onOutput: (line: LogLine) => void
  readonly onFiles: (files: readonly string[]) => void
}

interface Pool {
  readonly worker: () => WorkerHandle | undefined
  readonly learned: (report: StartReport) => void
  readonly ended: () => void
  readonly dispatch: (event: SlotEvent) => void
}

/** What happens to a worker, passed on to whom it concerns: its slot above all. */
export function createListener(id: WorkerId, { routing, emit, onOutput, onFiles }: Ports, pool: Pool): WorkerListener {
  const { generation } = id
  return {
    initialised: () => {
      const worker = pool.worker()
      if (worker) routing.join(worker)
    },
    loaded: (report) => {
      pool.learned(report)
      for (const message of report.warnings) emit({ type: 'worker.warned', worker: id, message })
      pool.dispatch({ type: 'loaded', generation, url: report.address ? formatOrigin(report.address) : null })
    },
    loadFailed: (error) => pool.dispatch({ type: 'load-failed', generation, error: toErrorInfo(error) }),
    exited: ({ code, signal, error }) => {
      pool.ended()
      pool.dispatch({ type: 'exited', generation, code, signal: signal ?? null, error: error === null ? null : toErrorInfo(error) })
    },
    output: onOutput,
    outputDropped: (writes) => emit({ type: 'output.dropped', worker: id, writes }),
    mesh: (message) => routing.receive(id, message),
    changed: onFiles,
    warned: (message) => emit({ type: 'worker.warned', worker: id, message }),
  }
}
