import { jsonLine } from '../../control/json-line.ts'
import type { TargetStopReport } from '../../control/port.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import { formatTarget, type Target } from '../../model/ids.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { describeEnds } from '../describe-stop.ts'
import { formatMs } from '../format.ts'
import { progressLine, workerLine } from '../progress.ts'

interface Stopped extends TargetStopReport {
  /** `auth`, `orders/1`. */
  readonly target: string
}

/** `stop auth orders/1`: services and workers of a runtime that goes on. */
export async function runStopTargets(context: CommandContext, texts: readonly string[]): Promise<CommandResult> {
  const { terminal, options } = context
  const { client } = await connect(context, { orOnly: false })
  const stopped: Stopped[] = []
  for (const target of await checkTargets(client, { targets: texts, verb: 'stop' })) {
    const report = await client.stopTarget(target, (stamped) => {
      const line = workerLine(stamped, target.service) ?? progressLine(stamped)
      if (line !== null) terminal.note(line)
    })
    stopped.push({ target: formatTarget(target), ...report, tookMs: Math.round(report.tookMs) })
    if (!options.json) terminal.out(describeStopped(report, target))
    const note = describeDependents(report, target)
    if (note !== null) terminal.note(note)
  }
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.stop-service/v1', stopped }).trimEnd())
  const abandoned = stopped.flatMap((report) => report.abandoned)
  if (abandoned.length > 0) {
    throw new MeshrtError('MESHRT_SHUTDOWN_INCOMPLETE', `Cannot see every worker end: ${abandoned.join(', ')} did not, even by force`)
  }
  return 0
}

function describeStopped(report: TargetStopReport, target: Target): string {
  const workers = [...report.stopped, ...report.killed]
  if (workers.length + report.abandoned.length === 0) return `${formatTarget(target)} has no worker that runs`
  const what = workers.length === 0 ? '' : `: ${workers.join(', ')}`
  return [`Stopped ${formatTarget(target)} in ${formatMs(report.tookMs)}${what}`, ...describeEnds(report)].join('; ')
}

/** What the operator may not have thought of. */
function describeDependents({ dependents }: TargetStopReport, { service }: Target): string | null {
  if (dependents.length === 0) return null
  const [verb, whose] = dependents.length === 1 ? ['needs', 'its'] : ['need', 'their']
  return `${dependents.join(' and ')} ${verb} ${service}: ${whose} requests to it fail until it is started again (meshrt start ${service})`
}
