import { fromErrorInfo, type ErrorInfo } from '../model/failure.ts'
import { formatWorkerId, type WorkerId } from '../model/ids.ts'

/** What a worker has written last, the oldest first. */
export type LastLines = (worker: WorkerId) => readonly string[]

/** The cause to give for a worker that failed: its error, and what it said before. */
export function failureOf(worker: WorkerId, { error, lastLines }: { readonly error: ErrorInfo; readonly lastLines: LastLines }): Error {
  const cause = fromErrorInfo(error)
  const lines = lastLines(worker)
  if (lines.length === 0) return cause
  return new Error(`${formatWorkerId(worker)} wrote at last:\n${lines.map((line) => `  ${line}`).join('\n')}`, { cause })
}
