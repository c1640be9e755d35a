import { jsonLine } from '../../control/json-line.ts'
import type { ScaleReport } from '../../control/port.ts'
import { formatWorkerId } from '../../model/ids.ts'
import type { StampedEvent } from '../../model/events.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatCount, formatMs } from '../format.ts'
import { progressLine } from '../progress.ts'
import { parseScale, type WorkersByService } from '../scale-arguments.ts'

export async function runScale(context: CommandContext, texts: readonly string[]): Promise<CommandResult> {
  const { terminal, options } = context
  const workers = parseScale(texts)
  const { client } = await connect(context, { orOnly: false })
  const scaled: ScaleReport[] = []
  for (const { service } of await checkTargets(client, { targets: [...workers.keys()], verb: 'scale' })) {
    const report = await client.scale({ service, workers: workers.get(service) ?? 0 }, (stamped) => {
      const line = scaleLine(stamped, workers) ?? progressLine(stamped)
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

/** Workers that come and go, which other operations tell by other events. */
function scaleLine({ event }: StampedEvent, services: WorkersByService): string | null {
  if (event.type === 'scaling.started') return `${event.service}: scaling from ${event.from} to ${event.to}`
  if (!('worker' in event) || !services.has(event.worker.service)) return null
  switch (event.type) {
    case 'worker.ready':
      return `${formatWorkerId(event.worker)}: ready after ${formatMs(event.tookMs)}`
    case 'drain.started':
      return `${formatWorkerId(event.worker)}: draining`
    case 'worker.exited':
      return event.exit.kind === 'stopped' ? `${formatWorkerId(event.worker)}: ended` : null
    default:
      return null
  }
}
