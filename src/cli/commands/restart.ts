import { jsonLine } from '../../control/json-line.ts'
import { formatWorkerId, type WorkerKey } from '../../model/ids.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatCount, formatMs } from '../format.ts'
import { progressLine } from '../progress.ts'

export async function runRestart(context: CommandContext, targets: readonly string[]): Promise<CommandResult> {
  const { terminal, options } = context
  const { client } = await connect(context, { orOnly: false })
  const replaced: WorkerKey[] = []
  let tookMs = 0
  for (const target of await checkTargets(client, { targets, verb: 'restart' })) {
    const report = await client.restart(target, (stamped) => {
      const line = progressLine(stamped)
      if (line !== null) terminal.note(line)
    })
    tookMs += report.tookMs
    replaced.push(...report.replaced.map(formatWorkerId))
  }
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.restart/v1', replaced, tookMs: Math.round(tookMs) }).trimEnd())
  else terminal.out(`Restarted ${formatCount(replaced.length, 'worker')} in ${formatMs(tookMs)}: ${replaced.join(', ')}`)
  return 0
}
