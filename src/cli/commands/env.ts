import { loadSpec } from '../../config/load-spec.ts'
import { jsonLine } from '../../control/json-line.ts'
import { readSources } from '../../environment/read-environment.ts'
import { identityOf, traceEnvironment, type TracedVariable } from '../../environment/trace-environment.ts'
import { redactNamed } from '../../model/redact.ts'
import type { Mode } from '../../model/spec.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { namedService } from '../named-service.ts'
import { theRuntimeFile } from '../runtime-file.ts'
import { renderEnvironment, variableLine } from '../views/environment-table.ts'

export interface EnvOptions {
  readonly service: string
  /** Also where each variable comes from. */
  readonly explain: boolean
  /** Secrets too. */
  readonly reveal: boolean
  readonly mode: Mode
}

/** What a service's workers would get if they were started from here and now. Needs no running runtime. */
export async function runEnv(context: CommandContext, { service: name, explain, reveal, mode }: EnvOptions): Promise<CommandResult> {
  const { terminal, options, env: real } = context
  const spec = await loadSpec({ file: theRuntimeFile(context), mode, env: real })
  const service = namedService(spec, { name, verb: 'show the environment of' })
  // The first worker of its first slot stands for all of them.
  const identity = identityOf({ service: service.id, slot: 0, generation: 1 }, mode)
  const traced = traceEnvironment(await readSources(service, { real, mode, identity }))
  const variables = traced.map((variable) => (reveal ? variable : redact(variable))).toSorted((a, b) => (a.name < b.name ? -1 : 1))
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.env/v1', service: service.id, mode, revealed: reveal, variables }).trimEnd())
  else if (explain) terminal.out(renderEnvironment(variables, { maxWidth: terminal.columns, colour: terminal.outColour }))
  else terminal.out(variables.map(variableLine).join('\n'))
  return 0
}

function redact({ name, value, origin, overrides }: TracedVariable): TracedVariable {
  return {
    name,
    value: redactNamed(name, value),
    origin,
    overrides: overrides.map((one) => ({ origin: one.origin, value: redactNamed(name, one.value) })),
  }
}
