import { jsonLine } from '../../control/json-line.ts'
import type { ScaleReport } from '../../control/port.ts'
import type { ServiceId } from '../../model/ids.ts'
import type { StampedEvent } from '../../model/events.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatCount, formatMs } from '../format.ts'
import { progressLine, workerLine } from '../progress.ts'
import { parseScale } from '../scale-arguments.ts'

export async function runScale(context: CommandContext, texts: readonly string[]): Promise<CommandResult> {
  const { terminal, options } = context
  const workers = parseScale(texts)
  const { client } = await connect(context, { orOnly: false })
  const scaled: ScaleReport[] = []
  for (const { service } of await checkTargets(client, { targets: [...workers.keys()], verb: 'scale' })) {
    const report = await client.scale({ service, workers: workers.get(service) ?? 0 }, (stamped) => {
      const line = scaleLine(stamped, service) ?? progressLine(stamped)
      if (line !== null) terminal.note(line)
    })
    scaled.push({ ...report, tookMs: Math.round(report.tookMs) })
  }
  if (options.json) {
    terminal.out(jsonLine({ schema: 'meshrt.scale/v1', scaled }).trimEnd())
    return 0
  }
  for (const { service, from, to, tookMs } of scaled) {
    if (from === to) terminal.out(`${service} has ${formatCount(to, 'worker')} already`)
    else terminal.out(`Scaled ${service} from ${from} to ${to} in ${formatMs(tookMs)}`)
  }
  return 0
}

function scaleLine(stamped: StampedEvent, service: ServiceId): string | null {
  const { event } = stamped
  if (event.type === 'scaling.started') return `${event.service}: scaling from ${event.from} to ${event.to}`
  return workerLine(stamped, service)
}
