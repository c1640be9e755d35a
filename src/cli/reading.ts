import type { CommandContext, CommandResult } from './context.ts'
import { runBuild } from './commands/build.ts'
import { runConfig, type ConfigOptions } from './commands/config.ts'
import { runEnv, type EnvOptions } from './commands/env.ts'
import { runStartDetached, type DetachedOptions } from './commands/start-detached.ts'
import { reporting } from './reporting.ts'

/**
 * The commands that read the runtime file themselves, and with it a parser and a schema: six times as much as all that only ask a runtime. In the package
 * that is a file of its own (scripts/bundle.ts).
 */
export const reading = {
  build: (context: CommandContext, names: readonly string[]): Promise<CommandResult> => reporting(context, () => runBuild(context, names)),
  config: (context: CommandContext, options: ConfigOptions): Promise<CommandResult> =>
    reporting(context, () => runConfig(context, options)),
  env: (context: CommandContext, options: EnvOptions): Promise<CommandResult> => reporting(context, () => runEnv(context, options)),
  startDetached: (context: CommandContext, options: DetachedOptions): Promise<CommandResult> =>
    reporting(context, () => runStartDetached(context, options)),
}
