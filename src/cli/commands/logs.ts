import type { ControlClient } from '../../control/client.ts'
import { jsonLine } from '../../control/json-line.ts'
import { lineJson } from '../../log/line-json.ts'
import type { LogLine } from '../../model/log-line.ts'
import type { LogLevel } from '../../model/spec.ts'
import { explainTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { parsePattern } from '../grep.ts'
import { untilInterrupted } from '../interrupt.ts'
import { PastTail } from '../past-tail.ts'
import { parseSince } from '../since.ts'

export interface LogsOptions {
  readonly targets: readonly string[]
  readonly follow: boolean
  readonly lines: number | null
  readonly since: string | null
  readonly level: LogLevel | null
  readonly grep: string | null
  readonly previous: boolean
}

/** Without `-n` and without `--since`. */
const DEFAULT_LINES = 100
/** More than a runtime keeps. */
const ALL_LINES = 999_999

export async function runLogs(context: CommandContext, options: LogsOptions): Promise<CommandResult> {
  const { terminal } = context
  const { targets } = options
  const matches = options.grep === null ? null : parsePattern(options.grep)
  const sinceMs = options.since === null ? null : parseSince(options.since, Date.now())
  const { client } = await connect(context, { orOnly: true })
  const print = context.options.json ? (line: LogLine) => jsonLine(line).trimEnd() : await prettyLines(terminal.outColour)
  const reader: Reader = { matches, print: (line) => terminal.out(print(line)) }
  const work = () => read({ context, client, options: { ...options, sinceMs } }, reader)
  await explainTargets(client, { targets, verb: 'show the log of', work })
  return 0
}

interface Reading {
  readonly context: CommandContext
  readonly client: ControlClient
  readonly options: LogsOptions & { readonly sinceMs: number | null }
}

interface Reader {
  readonly matches: ((text: string) => boolean) | null
  readonly print: (line: LogLine) => void
}

async function read({ context, client, options }: Reading, { matches, print }: Reader): Promise<void> {
  const { lines, sinceMs } = options
  // The runtime filters by all but the pattern; which lines are the last ones with it is known here only.
  const tail = matches === null ? lines : ALL_LINES
  const past = new PastTail(lines ?? (sinceMs === null ? DEFAULT_LINES : ALL_LINES), print)
  if (matches === null) past.pastIsOver()
  await untilInterrupted((signal) =>
    client.logs({ ...options, tail, signal, onLive: () => past.pastIsOver() }, (line) => {
      if ('dropped' in line) context.terminal.note(`${line.dropped} lines were dropped: this reader was too slow`)
      else if (matches === null || matches(line.text)) past.add(line)
    }),
  )
  past.pastIsOver()
}

async function prettyLines(colour: boolean): Promise<(line: LogLine) => string> {
  const { prettyPrinter } = await import('../../log/pretty.ts')
  const print = prettyPrinter({ colour })
  return (line) => print(lineJson(line)).trimEnd()
}
