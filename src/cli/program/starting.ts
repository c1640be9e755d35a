import type { Command } from 'commander'
import { loadReading } from '../load-reading.ts'
import { loadRunning } from '../load-running.ts'
import { collect, parsePort, portOf, textOf, textsOf, type Builders, type RawOptions } from './raw-options.ts'

/** The commands that start something; nothing else ever does. */
export function addStarting({ add, run }: Builders): void {
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
      return run(command, async (ctx) => (await import('../commands/start-how.ts')).runStartHow(ctx, how))
    })
  add('dev', 'start with one worker per service, and load them anew when their files change')
    .option('-p, --port <number>', 'another port of the entrypoint than the file says; 0 = any free one', parsePort)
    .action((options: RawOptions, command: Command) =>
      run(command, async (ctx) => (await loadRunning()).dev(ctx, { port: portOf(options) })),
    )
  add('smoke', 'start, make the checks of the file or ask every service once, stop; for CI')
    .option('--junit <file>', 'also write a report in the format of JUnit')
    .option('--timeout <duration>', 'for each check, instead of what the file says')
    .option('--wait-timeout <duration>', 'how long everything may take to be ready', '60s')
    .option('-p, --port <number>', 'another port of the entrypoint than the file says; 0 = any free one', parsePort)
    .action((options: RawOptions, command: Command) =>
      run(command, async (ctx) => {
        const timeout = textOf(options, 'timeout')
        const { durationOption } = await import('../duration-option.ts')
        const waitMs = durationOption(String(options['waitTimeout']), '--wait-timeout')
        const timeoutMs = timeout === null ? null : durationOption(timeout, '--timeout')
        const how = { junit: textOf(options, 'junit'), port: portOf(options), waitMs, timeoutMs }
        return (await loadRunning()).smoke(ctx, how)
      }),
    )
  add('build', 'run the build commands of the services')
    .argument('[service...]', 'only these services')
    .action((names: string[], _options, command: Command) => run(command, async (ctx) => (await loadReading()).build(ctx, names)))
}
