import { jsonLine } from '../../control/json-line.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { describeAttention } from '../views/footer.ts'
import { renderHealth } from '../views/health-table.ts'
import { renderServices } from '../views/service-table.ts'
import { renderWorkers } from '../views/worker-table.ts'

export interface PsOptions {
  readonly table: 'services' | 'workers' | 'health'
}

export async function runPs(context: CommandContext, { table }: PsOptions): Promise<CommandResult> {
  const { terminal } = context
  const { client } = await connect(context, { orOnly: true })
  const view = await client.view()
  if (context.options.json) {
    terminal.out(jsonLine(view).trimEnd())
    return 0
  }
  const options = { maxWidth: terminal.columns, colour: terminal.outColour, nowMs: Date.now() }
  const render = { services: renderServices, workers: renderWorkers, health: renderHealth }[table]
  terminal.out(render(view, options))
  const unready = describeAttention(view, options.nowMs)
  if (unready !== null) terminal.note(unready)
  return 0
}
