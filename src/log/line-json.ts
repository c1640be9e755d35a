import type { LogLine } from '../model/log-line.ts'
import { LEVEL_NUMBERS } from '../model/log-level.ts'
import { outputEntry } from './output-line.ts'

/** A worker's line as the JSON that the log of the runtime holds for it. */
export function lineJson(line: LogLine): string {
  const entry = outputEntry(line)
  if (entry.kind === 'merged') return entry.json
  const { level, atMs, fields, message } = entry.record
  return JSON.stringify({ level: LEVEL_NUMBERS[level], time: atMs, ...fields, msg: message })
}
