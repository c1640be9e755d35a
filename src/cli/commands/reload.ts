import { jsonLine } from '../../control/json-line.ts'
import type { ReloadReport } from '../../control/port.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import { isEmptyPlan, type ReloadPlan, type ServiceStep } from '../../model/reload.ts'
import type { StampedEvent } from '../../model/events.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { durationOption } from '../duration-option.ts'
import { formatMs } from '../format.ts'
import { progressLine } from '../progress.ts'
import { renderPlan } from '../views/reload-plan.ts'

export interface ReloadOptions {
  readonly dryRun: boolean
  /** As typed. */
  readonly timeout: string
}

export async function runReload(context: CommandContext, how: ReloadOptions): Promise<CommandResult> {
  const timeoutMs = durationOption(how.timeout, '--timeout')
  if (timeoutMs === 0) throw new MeshrtError('MESHRT_USAGE', 'Cannot reload in no time: --timeout must be more than 0')
  const { terminal, options } = context
  const { client } = await connect(context, { orOnly: false })
  const report = await client.reload({ dryRun: how.dryRun, timeoutMs }, ({ event, atMs }) => {
    if (event.type !== 'reload.planned') return noteProgress(context, { event, atMs })
    if (!options.json) terminal.out(renderPlan(event.plan, { colour: terminal.outColour }))
  })
  if (options.json) terminal.out(jsonLine(documentOf(report, how)).trimEnd())
  else terminal.out(describeOutcome(report, how))
  return 0
}

function noteProgress({ terminal }: CommandContext, stamped: StampedEvent): void {
  const { event } = stamped
  const stopped = event.type === 'service.stopped' ? `${event.service}: stopped` : null
  const scaling = event.type === 'scaling.started' ? `${event.service}: scaling from ${event.from} to ${event.to}` : null
  const line = stopped ?? scaling ?? progressLine(stamped)
  if (line !== null) terminal.note(line)
}

function documentOf({ plan, tookMs, ...report }: ReloadReport, { dryRun }: ReloadOptions): unknown {
  return { schema: 'meshrt.reload/v1', dryRun, ...report, tookMs: Math.round(tookMs), ...plan }
}

function describeOutcome({ plan, abandoned, tookMs }: ReloadReport, { dryRun }: ReloadOptions): string {
  if (isEmptyPlan(plan)) return 'Nothing to do: the runtime is what the file says'
  if (dryRun) return 'Nothing was changed: this was a dry run'
  const counts = (['added', 'changed', 'removed'] as const).map((kind) => `${countSteps(plan, kind)} ${kind}`)
  const left = abandoned.length === 0 ? '' : `; not even by force did ${abandoned.join(', ')} end`
  return `Reloaded in ${formatMs(tookMs)}: ${counts.join(', ')}${left}`
}

function countSteps({ steps }: ReloadPlan, kind: ServiceStep['kind']): number {
  return steps.filter((step) => step.kind === kind).length
}
