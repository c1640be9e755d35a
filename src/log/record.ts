import type { LogLevel } from '../model/spec.ts'

/** One entry of the log before it is written. */
export interface LogRecord {
  readonly level: Exclude<LogLevel, 'silent'>
  /** Milliseconds since the epoch. */
  readonly atMs: number
  readonly message: string
  readonly fields: Readonly<Record<string, unknown>>
}

/** What an event contributes to its record. */
export interface Described {
  readonly level: LogRecord['level']
  readonly message: string
  readonly fields?: Readonly<Record<string, unknown>>
}
