import type { Mode } from '../../model/spec.ts'
import { loadSpec } from '../../config/load-spec.ts'
import { jsonLine } from '../../control/json-line.ts'
import { configDocument } from '../config-document.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatCount } from '../format.ts'
import { theRuntimeFile } from '../runtime-file.ts'

export interface ConfigOptions {
  readonly check: boolean
  readonly mode: Mode
}

export async function runConfig(context: CommandContext, { check, mode }: ConfigOptions): Promise<CommandResult> {
  const { terminal, options, env } = context
  const spec = await loadSpec({ file: theRuntimeFile(context), mode, env })
  const document = configDocument(spec)
  const { autoloaded } = document
  if (check) {
    const services = spec.services.map((service) => service.id)
    if (options.json)
      terminal.out(jsonLine({ schema: 'meshrt.config-check/v1', ok: true, file: spec.file, services, autoloaded }).trimEnd())
    else terminal.out(`${spec.file} is valid: ${formatCount(services.length, 'service')} (${services.join(', ')})`)
    return 0
  }
  if (options.json) terminal.out(jsonLine(document).trimEnd())
  else {
    terminal.out(JSON.stringify(document.config, null, 2))
    // Beside the data, which can be read again as a runtime file.
    if (autoloaded.length > 0) terminal.note(`Found by autoload: ${autoloaded.join(', ')}`)
  }
  return 0
}
