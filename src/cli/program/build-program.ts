import { Command, CommanderError } from 'commander'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import type { CommandContext, CommandResult, GlobalOptions } from '../context.ts'
import { EXAMPLES } from '../examples.ts'
import { addLooking } from './looking.ts'
import { addOperating } from './operating.ts'
import { textOf, type RawOptions } from './raw-options.ts'
import { addStarting } from './starting.ts'

export interface ProgramPorts {
  /** Made when the command is known, because it depends on the options. */
  readonly context: (options: GlobalOptions & { readonly color: boolean }) => CommandContext
  readonly finished: (result: CommandResult) => void
  /** Help texts and the like. */
  readonly out: (text: string) => void
}

/** All commands with their arguments; each loads its own code only when it runs. */
export function buildProgram({ context, finished, out }: ProgramPorts): Command {
  const program = new Command('meshrt')
  program.description('Runs the services of a meshrt.yaml on worker threads, wired into an in-process mesh.')
  const run = async (command: Command, work: (ctx: CommandContext) => Promise<CommandResult>): Promise<void> => {
    finished(await work(context(readGlobals(command.optsWithGlobals()))))
  }
  const add = (name: string, description: string): Command => withGlobals(program.command(name).description(description))

  withGlobals(program)
  addStarting({ add, run })
  addOperating({ add, run })
  addLooking({ add, run })
  program.helpCommand('help [command]', 'show the options of a command, with examples')
  program.addHelpText('after', '\nmeshrt help <command> shows its options, with examples.')
  configure(program, out)
  return program
}

/** Before or after the command's name, as people type them. */
function withGlobals(command: Command): Command {
  return command
    .option('-c, --config <file>', 'the runtime file (default: the nearest meshrt.yaml upwards)')
    .option('--socket <path>', 'the control socket (default: MESHRT_SOCKET, or the one of the runtime file)')
    .option('--name <name>', 'the running runtime of that name')
    .option('--json', 'machine-readable output')
    .option('--no-color', 'no colours')
}

function configure(program: Command, out: (text: string) => void): void {
  for (const command of [program, ...program.commands]) {
    command.exitOverride()
    command.showSuggestionAfterError(true)
    const examples = EXAMPLES[command.name()]
    if (examples !== undefined) command.addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`)
    // Errors are thrown and rendered like all others.
    command.configureOutput({ writeErr: () => {}, writeOut: out })
  }
}

/** @returns null when commander only wanted to stop, after printing a help text */
export function asUsageError(error: unknown): unknown {
  if (!(error instanceof CommanderError)) return error
  if (error.exitCode === 0 || error.code === 'commander.help') return null
  const text = error.message.replace(/^error: /, '').replaceAll('\n', ' ')
  return new MeshrtError('MESHRT_USAGE', `Cannot run that: ${text}`)
}

function readGlobals(raw: RawOptions): GlobalOptions & { readonly color: boolean } {
  return {
    config: textOf(raw, 'config'),
    socket: textOf(raw, 'socket'),
    name: textOf(raw, 'name'),
    json: raw['json'] === true,
    color: raw['color'] !== false,
  }
}
