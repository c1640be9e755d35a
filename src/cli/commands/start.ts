import type { Mode, RuntimeSpec } from '../../model/spec.ts'
import type { Preparation } from '../../runtime/preparation.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { Oversight } from '../oversight.ts'
import { theRuntimeFile } from '../runtime-file.ts'
import { loadStartSpec, type Overrides } from '../start-spec.ts'

export interface StartOptions extends Overrides {
  /** Everything has to be ready within this time, or it is stopped again; null = what takes longer is waited for. */
  readonly waitMs?: number | null
}

interface Start extends StartOptions {
  readonly mode: Mode
  readonly prepared: Preparation
}

/** `start` and `dev`: runs in the foreground until a signal or `meshrt stop`. Ends the process itself. */
export async function runStart(context: CommandContext, options: Start): Promise<CommandResult> {
  context.outliveReaders()
  const oversight = await Oversight.begin(context.env)
  try {
    return await run(context, oversight, options)
  } catch (error) {
    // The command line reports it; whoever started this in the background has to hear of it too.
    oversight.failed(error)
    throw error
  }
}

async function run(
  context: CommandContext,
  oversight: Oversight,
  { mode, prepared, waitMs = null, ...overrides }: Start,
): Promise<CommandResult> {
  const { env } = context
  const load = (file: string, again: boolean): Promise<RuntimeSpec> => loadStartSpec({ file, mode, env, again, ...overrides })
  const spec = await load(theRuntimeFile(context), oversight.isReboot)
  await prepared.begin(spec)
  // Loaded while what has been prepared comes up.
  const { runForeground } = await import('../foreground.ts')
  return await runForeground(context, { spec, load: () => load(spec.file, true), prepared, oversight, waitMs })
}
