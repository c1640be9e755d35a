import { Option, type Command } from 'commander'
import { loadReading } from '../load-reading.ts'
import { collect, modeOf, parseLines, textOf, textsOf, type Builders, type RawOptions } from './raw-options.ts'

/** The commands that change nothing. */
export function addLooking({ add, run }: Builders): void {
  add('ps', 'show the services of the running runtime')
    .option('--workers', 'one line per worker')
    .option('--health', 'the health of each worker')
    .action((options: RawOptions, command: Command) => {
      const table = options['health'] === true ? 'health' : options['workers'] === true ? 'workers' : 'services'
      return run(command, async (ctx) => (await import('../commands/ps.ts')).runPs(ctx, { table }))
    })
  add('describe', 'tell why a service is in the state it is in')
    .alias('why')
    .argument('<service>', 'the service')
    .action((name: string, _options, command: Command) =>
      run(command, async (ctx) => (await import('../commands/describe.ts')).runDescribe(ctx, name)),
    )
  addStreams({ add, run })
  add('env', 'show the environment that the workers of a service get')
    .argument('<service>', 'the service')
    .option('--explain', 'also where each variable comes from, and what it overrides')
    .option('--reveal', 'show secrets too')
    .option('--dev', 'as `meshrt dev` would start them')
    .action((service: string, options: RawOptions, command: Command) => {
      const how = { explain: options['explain'] === true, reveal: options['reveal'] === true, mode: modeOf(options), service }
      return run(command, async (ctx) => (await loadReading()).env(ctx, how))
    })
  add('config', 'show the runtime file with every default filled in')
    .option('--check', 'only say whether it is valid')
    .option('--origin', 'one line per value, with where it comes from')
    .option('--dev', 'as `meshrt dev` sees it')
    .action((options: RawOptions, command: Command) => {
      const how = { check: options['check'] === true, origin: options['origin'] === true, mode: modeOf(options) }
      return run(command, async (ctx) => (await loadReading()).config(ctx, how))
    })
  add('version', 'print the version').action((_options, command: Command) =>
    run(command, async (ctx) => (await import('../commands/version.ts')).runVersion(ctx)),
  )
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
      return run(command, async (ctx) => (await import('../commands/logs.ts')).runLogs(ctx, { targets, ...streamOptions(options), ...how }))
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
        (await import('../commands/events.ts')).runEvents(ctx, { targets, types, ...streamOptions(options) }),
      )
    })
}

function streamOptions(raw: RawOptions): { readonly follow: boolean; readonly lines: number | null; readonly since: string | null } {
  return { follow: raw['follow'] === true, lines: typeof raw['lines'] === 'number' ? raw['lines'] : null, since: textOf(raw, 'since') }
}

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const

function asLevel(value: unknown): (typeof LEVELS)[number] | null {
  return LEVELS.find((level) => level === value) ?? null
}
