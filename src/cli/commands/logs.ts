import { jsonLine } from '../../control/json-line.ts'
import type { DroppedLine } from '../../control/protocol.ts'
import { lineJson } from '../../log/line-json.ts'
import type { LogLine } from '../../model/log-line.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { untilInterrupted } from '../interrupt.ts'

export interface LogsOptions {
  readonly targets: readonly string[]
  readonly follow: boolean
  readonly tail: number | null
}

export async function runLogs(context: CommandContext, { targets, follow, tail }: LogsOptions): Promise<CommandResult> {
  const { terminal, options } = context
  const { client } = await connect(context, { orOnly: true })
  await checkTargets(client, { targets, verb: 'show the log of' })
  const print = options.json ? (line: LogLine) => jsonLine(line).trimEnd() : await prettyLines(terminal.outColour)
  await untilInterrupted((signal) =>
    client.logs({ targets, follow, tail, signal }, (line: LogLine | DroppedLine) => {
      if ('dropped' in line) terminal.note(`${line.dropped} lines were dropped: this reader was too slow`)
      else terminal.out(print(line))
    }),
  )
  return 0
}

async function prettyLines(colour: boolean): Promise<(line: LogLine) => string> {
  const { prettyPrinter } = await import('../../log/pretty.ts')
  const print = prettyPrinter({ colour })
  return (line) => print(lineJson(line)).trimEnd()
}
