import { jsonLine } from '../../control/json-line.ts'
import { formatWorkerId } from '../../model/ids.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatCount, formatMs } from '../format.ts'
import { progressLine } from '../progress.ts'

export async function runRestart(context: CommandContext, targets: readonly string[]): Promise<CommandResult> {
  const { terminal, options } = context
  const { client } = await connect(context, { orOnly: false })
  await checkTargets(client, { targets, verb: 'restart' })
  const report = await client.restart(targets, (stamped) => {
    const line = progressLine(stamped)
    if (line !== null) terminal.note(line)
  })
  const workers = report.replaced.map(formatWorkerId)
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.restart/v1', replaced: workers, tookMs: Math.round(report.tookMs) }).trimEnd())
  else terminal.out(`Restarted ${formatCount(workers.length, 'worker')} in ${formatMs(report.tookMs)}: ${workers.join(', ')}`)
  return 0
}
