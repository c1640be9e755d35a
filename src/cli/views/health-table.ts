import type { RuntimeView, WorkerView } from '../../model/view.ts'
import { formatHeap, formatMs, formatShare, NOTHING } from '../format.ts'
import { renderTable, type Column, type TableOptions } from '../table.ts'
import { VERDICT_TONES } from './tones.ts'

export function renderHealth(view: RuntimeView, options: TableOptions): string {
  const workers = view.services.flatMap((service) => service.workers)
  return renderTable(COLUMNS, workers, options)
}

/** Columns are left out from the highest rank down: CHECK, P99, LOOP-DELAY, HEAP, ELU, BAD-CHECKS, REASON (cut first). */
const COLUMNS: readonly Column<WorkerView>[] = [
  { title: 'WORKER', dropRank: 0, text: (worker) => worker.id },
  {
    title: 'VERDICT',
    dropRank: 0,
    text: (worker) => worker.verdict ?? NOTHING,
    tone: (worker) => (worker.verdict === null ? 'plain' : VERDICT_TONES[worker.verdict]),
  },
  { title: 'ELU', dropRank: 3, text: (worker) => formatShare(worker.elu) },
  { title: 'HEAP', dropRank: 4, text: (worker) => formatHeap(worker.heapUsedBytes, worker.heapLimitBytes) },
  { title: 'LOOP-DELAY', dropRank: 5, text: (worker) => formatMs(worker.loopDelayMs) },
  { title: 'P99', dropRank: 6, text: (worker) => formatMs(worker.p99Ms) },
  { title: 'CHECK', dropRank: 7, text: describeCheck, tone: ({ check }) => (check === null ? 'plain' : check.ok ? 'good' : 'bad') },
  { title: 'BAD-CHECKS', dropRank: 2, text: (worker) => String(worker.badChecks) },
  { title: 'REASON', dropRank: 1, minWidth: 16, text: (worker) => (worker.reason === '' ? NOTHING : worker.reason) },
]

/** `ok 12 ms`, `failed: 503` */
function describeCheck({ check }: WorkerView): string {
  if (check === null) return NOTHING
  return check.ok ? `ok ${formatMs(check.durationMs)}` : `failed: ${check.detail}`
}
