import { fromErrorInfo, type ErrorInfo } from '../model/failure.ts'
import { formatWorkerId, type WorkerId } from '../model/ids.ts'
import type { LogLine } from '../model/log-line.ts'
import type { History } from './history.ts'

/** What a worker has written last, the oldest first. */
export type LastLines = (worker: WorkerId) => readonly string[]

const LAST_LINES = 10

export function lastLinesFrom(output: History<LogLine>): LastLines {
  return ({ service, slot, generation }) =>
    output
      .recent(LAST_LINES, (line) => line.service === service && line.slot === slot && line.generation === generation)
      .map(({ text }) => text)
}

/** The cause to give for a worker that failed: its error, and what it said before. */
export function failureOf(worker: WorkerId, { error, lastLines }: { readonly error: ErrorInfo; readonly lastLines: LastLines }): Error {
  const cause = fromErrorInfo(error)
  const lines = lastLines(worker)
  if (lines.length === 0) return cause
  return new Error(`${formatWorkerId(worker)} wrote at last:\n${lines.map((line) => `  ${line}`).join('\n')}`, { cause })
}
