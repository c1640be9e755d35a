import { loadSpec } from '../../config/load-spec.ts'
import { jsonLine } from '../../control/json-line.ts'
import { readSources } from '../../environment/read-environment.ts'
import { mergeEnvironment } from '../../environment/trace-environment.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import { sanitise } from '../../log/sanitise.ts'
import type { ServiceSpec } from '../../model/spec.ts'
import { buildOrder } from '../build-order.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatMs } from '../format.ts'
import { namedService } from '../named-service.ts'
import { theRuntimeFile } from '../runtime-file.ts'
import { ShellCommand, type ShellEnd } from '../shell-command.ts'
import { exitCodeOfSignal, onStopSignal, type StopSignal } from '../signals.ts'

/** Runs the build commands of all services, or of those that are named, one after the other; the first failure is the end. */
export async function runBuild(context: CommandContext, names: readonly string[]): Promise<CommandResult> {
  const { terminal, options, env } = context
  const spec = await loadSpec({ file: theRuntimeFile(context), mode: 'start', env, beforeBuild: true })
  const named = names.map((name) => namedService(spec, { name, verb: 'build' }))
  const services = buildOrder(spec.services).filter((service) => named.length === 0 || named.includes(service))
  const built: Built[] = []
  for (const service of services) {
    if (service.build === null) continue
    const startedMs = performance.now()
    const interruption = await build(service, { command: service.build, context })
    if (interruption !== null) return exitCodeOfSignal(interruption)
    const tookMs = Math.round(performance.now() - startedMs)
    built.push({ service: service.id, command: service.build, tookMs })
    terminal.note(`Built ${service.id} in ${formatMs(tookMs)}`)
  }
  const skipped = services.filter((service) => service.build === null).map(({ id }) => id)
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.build/v1', built, skipped }).trimEnd())
  else if (named.length > 0 || built.length === 0)
    for (const id of skipped) terminal.out(`${id} has nothing to build: no \`build\` in ${spec.file}`)
  return 0
}

interface Built {
  readonly service: string
  readonly command: string
  readonly tookMs: number
}

interface BuildOrder {
  readonly command: string
  readonly context: CommandContext
}

/** @returns the signal that interrupted it, or null. @throws MESHRT_BUILD_FAILED */
async function build(service: ServiceSpec, { command, context }: BuildOrder): Promise<StopSignal | null> {
  const { terminal, options, env: real } = context
  const identity = { MESHRT_SERVICE: service.id, MESHRT_MODE: 'start' }
  const env = mergeEnvironment(await readSources(service, { real, mode: 'start', identity }))
  const running = new ShellCommand(command, {
    cwd: service.path,
    env,
    onLine: (line, stream) => {
      const text = `${service.id} │ ${sanitise(line)}`
      // With --json the one document has stdout for itself.
      if (stream === 'stdout' && !options.json) terminal.out(text)
      else terminal.note(text)
    },
  })
  const interrupted = { by: null as StopSignal | null }
  const offSignals = onStopSignal((signal, count) => {
    interrupted.by = signal
    running.kill(count > 1 ? 'SIGKILL' : 'SIGTERM')
  })
  try {
    const end = await running.ended
    if (interrupted.by !== null) return interrupted.by
    if (!('code' in end) || end.code !== 0) throw failed(service, command, end)
    return null
  } finally {
    offSignals()
  }
}

function failed(service: ServiceSpec, command: string, end: ShellEnd): MeshrtError {
  const how = 'code' in end ? `ended with exit code ${end.code}` : `was ended by ${end.signal}`
  return new MeshrtError('MESHRT_BUILD_FAILED', `Cannot build "${service.id}": \`${command}\` ${how}`)
}
