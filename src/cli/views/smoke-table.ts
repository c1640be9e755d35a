import { formatMs, NOTHING } from '../format.ts'
import type { SmokeCheck } from '../smoke/check.ts'
import { renderTable, type Column, type TableOptions } from '../table.ts'

export function renderSmoke(checks: readonly SmokeCheck[], options: TableOptions): string {
  return renderTable(COLUMNS, checks, options)
}

const COLUMNS: readonly Column<SmokeCheck>[] = [
  { title: 'SERVICE', dropRank: 0, text: (check) => check.service },
  { title: 'RESULT', dropRank: 0, text: (check) => (check.ok ? 'ok' : 'failed'), tone: (check) => (check.ok ? 'good' : 'bad') },
  { title: 'VIA', dropRank: 4, text: (check) => (check.via === 'none' ? NOTHING : check.via) },
  { title: 'METHOD', dropRank: 5, text: (check) => check.method ?? NOTHING },
  { title: 'PATH', dropRank: 2, minWidth: 12, text: (check) => check.path ?? NOTHING },
  { title: 'STATUS', dropRank: 1, text: (check) => (check.status === null ? NOTHING : String(check.status)) },
  { title: 'TIME', dropRank: 3, text: (check) => formatMs(check.durationMs) },
  { title: 'ERROR', dropRank: 1, minWidth: 16, text: (check) => check.error ?? NOTHING },
]
