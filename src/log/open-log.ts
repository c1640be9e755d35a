import type { Writable } from 'node:stream'
import { pino } from 'pino'
import type { StampedEvent } from '../model/events.ts'
import type { LogLine } from '../model/log-line.ts'
import type { LoggerSpec } from '../model/spec.ts'
import { boundedWriter, type BoundedWriter } from './bounded-writer.ts'
import { eventRecord } from './event-record.ts'
import { LEVEL_NUMBERS } from '../model/log-level.ts'
import { outputEntry } from './output-line.ts'
import type { LogRecord } from './record.ts'

export interface Log {
  readonly event: (stamped: StampedEvent) => void
  readonly line: (line: LogLine) => void
  readonly close: () => Promise<void>
}

export interface LogOptions {
  readonly spec: LoggerSpec
  /** Null when it goes to the file alone. */
  readonly stream: Writable | null
  /** What `pretty: auto` means here: on a terminal, and in dev. */
  readonly prettyByDefault: boolean
  readonly colour: boolean
}

const FLUSH_MS = 1000

/** The runtime's log: events and workers' lines as pino records, on a stream and, if configured, in a rotated file. Loads of that what is asked for. */
export async function openLog({ spec, stream, prettyByDefault, colour }: LogOptions): Promise<Log> {
  const pretty = spec.pretty === 'auto' ? prettyByDefault : spec.pretty
  const print = pretty ? (await import('./pretty.ts')).prettyPrinter({ colour }) : null
  const droppedJson = (lines: number): string => droppedRecord(lines)
  const describeDropped = (lines: number): string => (print ? print(droppedJson(lines)) : `${droppedJson(lines)}\n`)
  const writers: BoundedWriter[] = stream === null ? [] : [boundedWriter(stream, { describeDropped })]
  const file =
    spec.file === null ? null : (await import('./log-file.ts')).openLogFile(spec.file, { maxSizeBytes: spec.maxSizeBytes, keep: spec.keep })
  const fileWriter = file === null ? null : boundedWriter(file, { describeDropped: (lines) => `${droppedJson(lines)}\n` })
  const writeJson = (json: string): void => {
    for (const writer of writers) writer.write(print ? print(json) : `${json}\n`)
    fileWriter?.write(`${json}\n`)
  }
  const logger = pino({ level: spec.level, base: null, timestamp: false }, { write: (text: string) => writeJson(text.trimEnd()) })
  const minLevel = LEVEL_NUMBERS[spec.level]
  const record = ({ level, atMs, message, fields }: LogRecord): void => logger[level]({ time: atMs, ...fields }, message)

  return {
    event: (stamped) => record(eventRecord(stamped)),
    line: (line) => {
      const entry = outputEntry(line)
      if (entry.kind === 'plain') record(entry.record)
      else if (entry.level >= minLevel) writeJson(entry.json)
    },
    async close() {
      await Promise.all([...writers, ...(fileWriter ? [fileWriter] : [])].map((writer) => writer.close(FLUSH_MS)))
      file?.end()
    },
  }
}

function droppedRecord(lines: number): string {
  return JSON.stringify({
    level: LEVEL_NUMBERS.warn,
    time: Date.now(),
    dropped: lines,
    msg: `${lines} log lines were dropped: the reader is slow`,
  })
}
