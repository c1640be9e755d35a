import { jsonLine } from '../../control/json-line.ts'
import { formatTarget, formatWorkerId, type WorkerKey } from '../../model/ids.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatCount, formatMs } from '../format.ts'
import { progressLine, workerLine } from '../progress.ts'

/** `start auth orders/1`: what is stopped, or has failed, in a runtime that runs. */
export async function runStartTargets(context: CommandContext, texts: readonly string[]): Promise<CommandResult> {
  const { terminal, options } = context
  const { client } = await connect(context, { orOnly: false })
  const started: WorkerKey[] = []
  let tookMs = 0
  for (const target of await checkTargets(client, { targets: texts, verb: 'start' })) {
    const report = await client.start(target, (stamped) => {
      const line = workerLine(stamped, target.service) ?? progressLine(stamped)
      if (line !== null) terminal.note(line)
    })
    if (report.started.length === 0) terminal.note(`${formatTarget(target)} runs already`)
    started.push(...report.started.map(formatWorkerId))
    tookMs += report.tookMs
  }
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.start-service/v1', started, tookMs: Math.round(tookMs) }).trimEnd())
  else if (started.length > 0)
    terminal.out(`Started ${formatCount(started.length, 'worker')} in ${formatMs(tookMs)}: ${started.join(', ')}`)
  return 0
}
