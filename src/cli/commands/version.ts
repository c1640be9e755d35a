import { readFileSync } from 'node:fs'
import { jsonLine } from '../../control/json-line.ts'
import { PROTOCOL_VERSION } from '../../control/protocol.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { PACKAGE_ROOT } from '../../model/own-files.ts'

export async function runVersion({ terminal, options }: CommandContext): Promise<CommandResult> {
  const version = ownVersion()
  const document = { schema: 'meshrt.version/v1', version, node: process.versions.node, protocol: PROTOCOL_VERSION }
  terminal.out(options.json ? jsonLine(document).trimEnd() : version)
  return 0
}

/** package.json is as far above `dist/cli/commands` as above `src/cli/commands`. */
export function ownVersion(): string {
  const manifest = JSON.parse(readFileSync(new URL('package.json', PACKAGE_ROOT), 'utf8')) as { readonly version: string }
  return manifest.version
}
