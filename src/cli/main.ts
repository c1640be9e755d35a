import { exitCodeOf } from '../errors/meshrt-error.ts'
import type { CommandContext, GlobalOptions } from './context.ts'
import { asUsageError, buildProgram } from './program/build-program.ts'
import { reportError } from './report-error.ts'
import { endWithReaders, openTerminal } from './terminal.ts'

/** The whole command line. Sets the exit code; what is left to write is written before the process ends by itself. */
async function main(argv: readonly string[]): Promise<void> {
  const { outliveReaders } = endWithReaders()
  const makeContext = ({ color, ...options }: TypedOptions): CommandContext => {
    const { env } = process
    return { options, terminal: openTerminal({ colour: color, env }), cwd: process.cwd(), env, outliveReaders }
  }
  let context = makeContext(guessOptions(argv))
  const program = buildProgram({
    context: (options) => (context = makeContext(options)),
    finished: (code) => (process.exitCode = code),
    out: (text) => process.stdout.write(text),
  })
  try {
    const commands = program.commands.flatMap((command) => [command.name(), ...command.aliases()])
    await program.parseAsync(expandShorthand(argv, commands), { from: 'user' })
  } catch (thrown) {
    const error = asUsageError(thrown)
    if (error === null) return
    reportError(error, context)
    process.exitCode = exitCodeOf(error)
  }
}

/**
 * Nothing typed: the overview. `--version` is the command of that name, `help ps` the option of that command. Help for a command that is not there is
 * a command that is not there: said as an error, with what was probably meant. Whether a `-h` asks for help or is the value of an option is known to
 * the parser.
 */
function expandShorthand(argv: readonly string[], commands: readonly string[]): readonly string[] {
  const [first, ...rest] = argv
  if (first === undefined) return ['--help']
  if (first === '--version' || first === '-V') return ['version', ...rest]
  if (first === 'help') {
    const [topic] = rest
    if (topic === undefined || topic.startsWith('-')) return ['--help']
    return commands.includes(topic) ? [topic, '--help'] : [topic]
  }
  const isUnknown = !first.startsWith('-') && !commands.includes(first)
  return isUnknown && (rest.includes('--help') || rest.includes('-h')) ? [first] : argv
}

type TypedOptions = GlobalOptions & { readonly color: boolean }

/** For errors in the arguments themselves, when nothing has been parsed. */
function guessOptions(argv: readonly string[]): TypedOptions {
  return { config: null, socket: null, name: null, json: argv.includes('--json'), color: !argv.includes('--no-color') }
}

await main(process.argv.slice(2))
