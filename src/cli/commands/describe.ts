import { jsonLine } from '../../control/json-line.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { renderDescription } from '../views/description.ts'

/** `describe auth`, or `why auth`: a service, and the sentence that says why it is in the state it is in. */
export async function runDescribe(context: CommandContext, name: string): Promise<CommandResult> {
  const { terminal, options } = context
  const { client } = await connect(context, { orOnly: true })
  // Of `auth/1` the service is what can be described, and its table has the worker.
  for (const { service } of await checkTargets(client, { targets: [name], verb: 'describe' })) {
    const description = await client.describe(service)
    if (options.json) terminal.out(jsonLine(description).trimEnd())
    else terminal.out(renderDescription(description, { maxWidth: terminal.columns, colour: terminal.outColour }))
  }
  return 0
}
