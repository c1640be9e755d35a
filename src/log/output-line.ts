import { pinoLevel } from '../model/log-level.ts'
import type { LogLine } from '../model/log-line.ts'
import type { LogRecord } from './record.ts'

/**
 * A line of a worker, for the log. `merged`: the service logs with pino, its line is complete but for where it comes from.
 * `plain`: anything else becomes the message of a record.
 */
export type OutputEntry =
  | { readonly kind: 'merged'; readonly level: number; readonly json: string }
  | { readonly kind: 'plain'; readonly record: LogRecord }

export function outputEntry(line: LogLine): OutputEntry {
  const { service, slot, generation } = line
  const level = pinoLevel(line.text)
  if (level !== null) {
    // Spliced, not parsed and printed again: numbers and the order of keys stay as the service wrote them. Of a repeated key the last counts.
    const body = line.text.trimEnd().slice(0, -1)
    return { kind: 'merged', level, json: `${body},"service":${JSON.stringify(service)},"slot":${slot},"generation":${generation}}` }
  }
  const fields = { service, slot, generation }
  return { kind: 'plain', record: { level: line.stream === 'stderr' ? 'error' : 'info', atMs: line.atMs, message: line.text, fields } }
}
