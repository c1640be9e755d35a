import { toErrorInfo } from '../../model/failure.ts'
import { formatMs, NOTHING } from '../format.ts'
import { renderTable, type Column, type TableOptions } from '../table.ts'

export interface SmokeCheck {
  readonly service: string
  /** `none`: it has no server. */
  readonly via: 'mesh' | 'tcp' | 'none'
  readonly path: string | null
  readonly ok: boolean
  readonly status: number | null
  readonly durationMs: number | null
  readonly error: string | null
}

type Asked = Pick<SmokeCheck, 'service' | 'via' | 'path'>

/** Any answer below 500 shows that the service is there and in its senses. */
export function passed(asked: Asked, answer: { readonly status: number; readonly durationMs: number }): SmokeCheck {
  const ok = answer.status < 500
  return {
    ...asked,
    ok,
    status: answer.status,
    durationMs: Math.round(answer.durationMs * 10) / 10,
    error: ok ? null : 'an answer of 500 or more',
  }
}

export function failed(asked: Asked, error: unknown): SmokeCheck {
  const { code, message } = toErrorInfo(error)
  return { ...asked, ok: false, status: null, durationMs: null, error: code === undefined ? message : `${code}: ${message}` }
}

export function renderSmoke(checks: readonly SmokeCheck[], options: TableOptions): string {
  return renderTable(COLUMNS, checks, options)
}

const COLUMNS: readonly Column<SmokeCheck>[] = [
  { title: 'SERVICE', dropRank: 0, text: (check) => check.service },
  { title: 'RESULT', dropRank: 0, text: (check) => (check.ok ? 'ok' : 'failed'), tone: (check) => (check.ok ? 'good' : 'bad') },
  { title: 'VIA', dropRank: 2, text: (check) => (check.via === 'none' ? NOTHING : check.via) },
  { title: 'PATH', dropRank: 4, text: (check) => check.path ?? NOTHING },
  { title: 'STATUS', dropRank: 1, text: (check) => (check.status === null ? NOTHING : String(check.status)) },
  { title: 'TIME', dropRank: 3, text: (check) => formatMs(check.durationMs) },
  { title: 'ERROR', dropRank: 1, minWidth: 16, text: (check) => check.error ?? NOTHING },
]
