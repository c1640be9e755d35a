import { describeExit } from '../../model/exit.ts'
import type { RuntimeView, WorkerView } from '../../model/view.ts'
import { formatAge, formatHeap, formatMs, formatShare, NOTHING } from '../format.ts'
import { renderTable, type Column, type TableOptions } from '../table.ts'
import { VERDICT_TONES, WORKER_TONES } from './tones.ts'

export function renderWorkers(view: RuntimeView, options: TableOptions & { nowMs: number }): string {
  const workers = view.services.flatMap((service) => service.workers)
  return renderTable(workerColumns(options.nowMs), workers, options)
}

/** Columns are left out from the highest rank down: LOOP-DELAY, IN-FLIGHT, THREAD/PID, HEAP, ELU, AGE, LAST-EXIT (cut first), RESTARTS, HEALTH. */
function workerColumns(nowMs: number): readonly Column<WorkerView>[] {
  return [
    { title: 'WORKER', dropRank: 0, text: (worker) => worker.id },
    { title: 'STATE', dropRank: 0, text: (worker) => describeState(worker, nowMs), tone: (worker) => WORKER_TONES[worker.state] },
    {
      title: 'HEALTH',
      dropRank: 1,
      text: (worker) => worker.verdict ?? NOTHING,
      tone: (worker) => (worker.verdict === null ? 'plain' : VERDICT_TONES[worker.verdict]),
    },
    { title: 'THREAD/PID', dropRank: 7, text: describeThread },
    { title: 'ELU', dropRank: 5, text: (worker) => formatShare(worker.elu) },
    { title: 'LOOP-DELAY', dropRank: 9, text: (worker) => formatMs(worker.loopDelayMs) },
    { title: 'HEAP', dropRank: 6, text: (worker) => formatHeap(worker.heapUsedBytes, worker.heapLimitBytes) },
    { title: 'IN-FLIGHT', dropRank: 8, text: (worker) => String(worker.inFlight) },
    { title: 'RESTARTS', dropRank: 2, text: (worker) => String(worker.restarts) },
    { title: 'LAST-EXIT', dropRank: 3, minWidth: 16, text: (worker) => describeLastExit(worker, nowMs) },
    { title: 'AGE', dropRank: 4, text: (worker) => formatAge(worker.since, nowMs) },
  ]
}

function describeState(worker: WorkerView, nowMs: number): string {
  if (worker.state !== 'backoff' || worker.retryAt === null) return worker.state
  return `backoff (${Math.max(0, Math.ceil((worker.retryAt - nowMs) / 1000))}s)`
}

/** A thread's number in the runtime's process, or the pid of a process of its own. */
function describeThread(worker: WorkerView): string {
  if (worker.threadId !== null) return `t${worker.threadId}`
  return worker.pid === null ? NOTHING : String(worker.pid)
}

function describeLastExit({ lastExit }: WorkerView, nowMs: number): string {
  return lastExit === null ? NOTHING : `${describeExit(lastExit.exit)}, ${formatAge(lastExit.at, nowMs)} ago`
}
