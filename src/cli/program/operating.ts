import type { Command } from 'commander'
import { collect, textOf, type Builders, type RawOptions } from './raw-options.ts'

/** The commands that change a running runtime, or wait for it. */
export function addOperating({ add, run }: Builders): void {
  add('stop', 'stop the running runtime, or services and workers of it')
    .argument('[service[/slot]...]', 'only these, until they are started again; the runtime goes on')
    .action((targets: string[], _options, command: Command) =>
      run(command, async (ctx) =>
        targets.length === 0
          ? (await import('../commands/stop.ts')).runStop(ctx)
          : (await import('../commands/stop-targets.ts')).runStopTargets(ctx, targets),
      ),
    )
  addRestart({ add, run })
  add('scale', 'give services another number of workers, without losing a request')
    .argument('<service=workers...>', 'services and their number of workers, as in auth=3')
    .action((texts: string[], _options, command: Command) =>
      run(command, async (ctx) => (await import('../commands/scale.ts')).runScale(ctx, texts)),
    )
  add('reload', 'read the runtime file again, and carry out what is different: all of it, or nothing')
    .option('--dry-run', 'only say what would be done')
    .option('--timeout <duration>', 'how long all of it may take, before it is undone', '5m')
    .action((options: RawOptions, command: Command) => {
      const how = { dryRun: options['dryRun'] === true, timeout: String(options['timeout']) }
      return run(command, async (ctx) => (await import('../commands/reload.ts')).runReload(ctx, how))
    })
  addRequest({ add, run })
  add('wait', 'wait until services are ready, stopped, or have completed')
    .argument('[service...]', 'these services (default: all)')
    .option('--for <condition>', 'ready, stopped or completed', 'ready')
    .option('--timeout <duration>', 'how long to wait at the most', '60s')
    .action((services: string[], options: RawOptions, command: Command) => {
      const how = { services, condition: String(options['for']), timeout: String(options['timeout']) }
      return run(command, async (ctx) => (await import('../commands/wait.ts')).runWait(ctx, how))
    })
}

function addRestart({ add, run }: Builders): void {
  add('restart', 'replace the workers of services one by one, without losing a request')
    .argument('<service[/slot]...>', 'services, or single workers as in auth/1')
    .option('--hard', 'all at once, without draining: what is under way is lost')
    .option('--timeout <duration>', 'how long to wait for it at the most; it goes on after that')
    .action((targets: string[], options: RawOptions, command: Command) =>
      run(command, async (ctx) => {
        const timeout = textOf(options, 'timeout')
        const { durationOption } = await import('../duration-option.ts')
        const timeoutMs = timeout === null ? null : durationOption(timeout, '--timeout')
        return (await import('../commands/restart.ts')).runRestart(ctx, targets, { hard: options['hard'] === true, timeoutMs })
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
      return run(command, async (ctx) => (await import('../commands/request.ts')).runRequest(ctx, [service, path], how))
    })
}
