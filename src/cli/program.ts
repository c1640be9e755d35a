import { Command, CommanderError, InvalidArgumentError, Option } from 'commander'
import { MeshrtError } from '../errors/meshrt-error.ts'
import type { Mode } from '../model/spec.ts'
import type { CommandContext, CommandResult, GlobalOptions } from './context.ts'
import { EXAMPLES } from './examples.ts'

export interface ProgramPorts {
  /** Made when the command is known, because it depends on the options. */
  readonly context: (options: GlobalOptions & { readonly color: boolean }) => CommandContext
  readonly finished: (result: CommandResult) => void
  /** Help texts and the like. */
  readonly out: (text: string) => void
}

type RawOptions = Readonly<Record<string, unknown>>

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
  add('build', 'run the build commands of the services')
    .argument('[service...]', 'only these services')
    .action((names: string[], _options, command: Command) =>
      run(command, async (ctx) => (await import('./commands/build.ts')).runBuild(ctx, names)),
    )
  add('stop', 'stop the running runtime, or services and workers of it')
    .argument('[service[/slot]...]', 'only these, until they are started again; the runtime goes on')
    .action((targets: string[], _options, command: Command) =>
      run(command, async (ctx) =>
        targets.length === 0
          ? (await import('./commands/stop.ts')).runStop(ctx)
          : (await import('./commands/stop-targets.ts')).runStopTargets(ctx, targets),
      ),
    )
  addLooking({ add, run })
  addRestart({ add, run })
  add('scale', 'give services another number of workers, without losing a request')
    .argument('<service=workers...>', 'services and their number of workers, as in auth=3')
    .action((texts: string[], _options, command: Command) =>
      run(command, async (ctx) => (await import('./commands/scale.ts')).runScale(ctx, texts)),
    )
  add('reload', 'read the runtime file again, and carry out what is different: all of it, or nothing')
    .option('--dry-run', 'only say what would be done')
    .action((options: RawOptions, command: Command) =>
      run(command, async (ctx) => (await import('./commands/reload.ts')).runReload(ctx, { dryRun: options['dryRun'] === true })),
    )
  addRequest({ add, run })
  add('wait', 'wait until services are ready, stopped, or have completed')
    .argument('[service...]', 'these services (default: all)')
    .option('--for <condition>', 'ready, stopped or completed', 'ready')
    .option('--timeout <duration>', 'how long to wait at the most', '60s')
    .action((services: string[], options: RawOptions, command: Command) => {
      const how = { services, condition: String(options['for']), timeout: String(options['timeout']) }
      return run(command, async (ctx) => (await import('./commands/wait.ts')).runWait(ctx, how))
    })
  add('version', 'print the version').action((_options, command: Command) =>
    run(command, async (ctx) => (await import('./commands/version.ts')).runVersion(ctx)),
  )
  program.helpCommand('help [command]', 'show the options of a command, with examples')
  program.addHelpText('after', '\nmeshrt help <command> shows its options, with examples.')
  configure(program, out)
  return program
}

interface Builders {
  readonly add: (name: string, description: string) => Command
  readonly run: (command: Command, work: (ctx: CommandContext) => Promise<CommandResult>) => Promise<void>
}

/** The commands that start something; nothing else ever does. */
function addStarting({ add, run }: Builders): void {
  add('start', 'start the runtime in production mode: in the foreground, or with -d in the background; or services of a running one')
    .argument('[service[/slot]...]', 'only these, of a runtime that runs and where they are stopped or have failed')
    .option('-d, --detach', 'in the background, under a guardian; returns when the services begin to start')
    .option('--wait', 'insist that every service becomes ready; with -d: return when they are')
    .option('--wait-timeout <duration>', 'how long to wait at the most', '60s')
    .option('--guardian', 'in the foreground: start the runtime again when its process dies')
    .option('--scale <service=workers>', 'another number of workers than the file says; for several services several times', collect, [])
    .option('-p, --port <number>', 'another port of the entrypoint than the file says; 0 = any free one', parsePort)
    .action((targets: string[], options: RawOptions, command: Command) => {
      const how = {
        targets,
        detach: options['detach'] === true,
        wait: options['wait'] === true,
        waitTimeout: String(options['waitTimeout']),
        guardian: options['guardian'] === true,
        scale: textsOf(options, 'scale'),
        port: portOf(options),
      }
      return run(command, async (ctx) => (await import('./commands/start-how.ts')).runStartHow(ctx, how))
    })
  add('dev', 'start with one worker per service, and load them anew when their files change')
    .option('-p, --port <number>', 'another port of the entrypoint than the file says; 0 = any free one', parsePort)
    .action((options: RawOptions, command: Command) =>
      run(command, async (ctx) => (await import('./commands/start.ts')).runStart(ctx, 'dev', { port: portOf(options) })),
    )
  add('smoke', 'start, make the checks of the file or ask every service once, stop; for CI')
    .option('--junit <file>', 'also write a report in the format of JUnit')
    .option('--timeout <duration>', 'for each check, instead of what the file says')
    .option('--wait-timeout <duration>', 'how long everything may take to be ready', '60s')
    .option('-p, --port <number>', 'another port of the entrypoint than the file says; 0 = any free one', parsePort)
    .action((options: RawOptions, command: Command) =>
      run(command, async (ctx) => {
        const timeout = textOf(options, 'timeout')
        const { durationOption } = await import('./duration-option.ts')
        const waitMs = durationOption(String(options['waitTimeout']), '--wait-timeout')
        const timeoutMs = timeout === null ? null : durationOption(timeout, '--timeout')
        const how = { junit: textOf(options, 'junit'), port: portOf(options), waitMs, timeoutMs }
        return (await import('./commands/smoke.ts')).runSmoke(ctx, how)
      }),
    )
}

function addRestart({ add, run }: Builders): void {
  add('restart', 'replace the workers of services one by one, without losing a request')
    .argument('<service[/slot]...>', 'services, or single workers as in auth/1')
    .option('--hard', 'all at once, without draining: what is under way is lost')
    .option('--timeout <duration>', 'how long to wait for it at the most; it goes on after that')
    .action((targets: string[], options: RawOptions, command: Command) =>
      run(command, async (ctx) => {
        const timeout = textOf(options, 'timeout')
        const { durationOption } = await import('./duration-option.ts')
        const timeoutMs = timeout === null ? null : durationOption(timeout, '--timeout')
        return (await import('./commands/restart.ts')).runRestart(ctx, targets, { hard: options['hard'] === true, timeoutMs })
      }),
    )
}

function addRequest({ add, run }: Builders): void {
  add('request', 'send an HTTP request to a service through the mesh, and print its answer')
    .argument('<service>', 'the service')
    .argument('<path>', 'path and query, as in /users?id=7')
    .option('-X, --request <method>', 'the method (default: GET, or POST with -d)')
    .option('-H, --header <header>', 'a header, as in "accept: text/plain"; may come several times', collect, [])
    .option('-d, --data <body>', 'the body: text, @file, or - for stdin')
    .option('-i, --include', 'also print the status and the headers of the answer')
    .option('--fail', 'exit 1 when the status is 400 or above')
    .option('--timeout <duration>', 'how long the whole answer may take; 0 = for ever', '30s')
    .action((service: string, path: string, options: RawOptions, command: Command) => {
      const text = (name: string): string | null => (typeof options[name] === 'string' ? options[name] : null)
      const how = {
        method: text('request'),
        headers: Array.isArray(options['header']) ? options['header'].map(String) : [],
        data: text('data'),
        include: options['include'] === true,
        fail: options['fail'] === true,
        timeout: String(options['timeout']),
      }
      return run(command, async (ctx) => (await import('./commands/request.ts')).runRequest(ctx, [service, path], how))
    })
}

/** The commands that change nothing. */
function addLooking({ add, run }: Builders): void {
  add('ps', 'show the services of the running runtime')
    .option('--workers', 'one line per worker')
    .option('--health', 'the health of each worker')
    .action((options: RawOptions, command: Command) => {
      const table = options['health'] === true ? 'health' : options['workers'] === true ? 'workers' : 'services'
      return run(command, async (ctx) => (await import('./commands/ps.ts')).runPs(ctx, { table }))
    })
  add('describe', 'tell why a service is in the state it is in')
    .alias('why')
    .argument('<service>', 'the service')
    .action((name: string, _options, command: Command) =>
      run(command, async (ctx) => (await import('./commands/describe.ts')).runDescribe(ctx, name)),
    )
  addStreams({ add, run })
  add('env', 'show the environment that the workers of a service get')
    .argument('<service>', 'the service')
    .option('--explain', 'also where each variable comes from, and what it overrides')
    .option('--reveal', 'show secrets too')
    .option('--dev', 'as `meshrt dev` would start them')
    .action((service: string, options: RawOptions, command: Command) => {
      const how = { explain: options['explain'] === true, reveal: options['reveal'] === true, mode: modeOf(options), service }
      return run(command, async (ctx) => (await import('./commands/env.ts')).runEnv(ctx, how))
    })
  add('config', 'show the runtime file with every default filled in')
    .option('--check', 'only say whether it is valid')
    .option('--origin', 'one line per value, with where it comes from')
    .option('--dev', 'as `meshrt dev` sees it')
    .action((options: RawOptions, command: Command) => {
      const how = { check: options['check'] === true, origin: options['origin'] === true, mode: modeOf(options) }
      return run(command, async (ctx) => (await import('./commands/config.ts')).runConfig(ctx, how))
    })
}

function addStreams({ add, run }: Builders): void {
  add('logs', 'show the last lines that services have written')
    .argument('[service[/slot]...]', 'only these services, or workers')
    .option('-f, --follow', 'go on with what they write from now on')
    .option('-n, --lines <count>', 'so many lines of the past (default: 100, with --since all)', parseLines)
    .option('--since <time>', 'only what is younger: 10m, or 2026-01-31T12:00:00Z')
    .addOption(new Option('--level <level>', 'this level and those above it').choices(LEVELS))
    .option('--grep <pattern>', 'only lines that fit a regular expression')
    .addOption(new Option('--previous', 'only of workers before the present ones').conflicts('follow'))
    .action((targets: string[], options: RawOptions, command: Command) => {
      const how = { level: asLevel(options['level']), grep: textOf(options, 'grep'), previous: options['previous'] === true }
      return run(command, async (ctx) => (await import('./commands/logs.ts')).runLogs(ctx, { targets, ...streamOptions(options), ...how }))
    })
  add('events', 'show what has happened in the runtime')
    .argument('[service[/slot]...]', 'only of these services, or workers')
    .option('-f, --follow', 'go on with what happens from now on')
    .option('-n, --lines <count>', 'so many events of the past (default: 100, with --since all)', parseLines)
    .option('--since <time>', 'only what is younger: 10m, or 2026-01-31T12:00:00Z')
    .option('--type <type>', 'only events of this type, such as worker.exited or worker.*; several times for several', collect, [])
    .action((targets: string[], options: RawOptions, command: Command) => {
      const types = textsOf(options, 'type')
      return run(command, async (ctx) =>
        (await import('./commands/events.ts')).runEvents(ctx, { targets, types, ...streamOptions(options) }),
      )
    })
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

function streamOptions(raw: RawOptions): { readonly follow: boolean; readonly lines: number | null; readonly since: string | null } {
  return { follow: raw['follow'] === true, lines: typeof raw['lines'] === 'number' ? raw['lines'] : null, since: textOf(raw, 'since') }
}

function textOf(raw: RawOptions, name: string): string | null {
  return typeof raw[name] === 'string' ? raw[name] : null
}

function textsOf(raw: RawOptions, name: string): readonly string[] {
  return Array.isArray(raw[name]) ? raw[name].map(String) : []
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

function asLevel(value: unknown): (typeof LEVELS)[number] | null {
  return LEVELS.find((level) => level === value) ?? null
}

function modeOf(raw: RawOptions): Mode {
  return raw['dev'] === true ? 'dev' : 'start'
}

function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text]
}

function portOf(raw: RawOptions): number | null {
  return typeof raw['port'] === 'number' ? raw['port'] : null
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535) throw new InvalidArgumentError('It must be a number from 0 to 65535.')
  return Number(text)
}

function parseLines(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError('It must be a number of lines.')
  return Number(text)
}
