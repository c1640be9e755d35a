import { loadSpec } from '../../config/load-spec.ts'
import { jsonLine } from '../../control/json-line.ts'
import { exitCodeOf, hasMeshrtCode, MeshrtError } from '../../errors/meshrt-error.ts'
import { openLog } from '../../log/open-log.ts'
import type { RuntimeSpec } from '../../model/spec.ts'
import type { ServiceView } from '../../model/view.ts'
import { createRuntime } from '../../runtime/create-runtime.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { leave } from '../leave.ts'
import { reportError } from '../report-error.ts'
import { theRuntimeFile } from '../runtime-file.ts'
import { exitCodeOfSignal, onStopSignal, type StopSignal } from '../signals.ts'
import { askOverTcp } from '../ask-over-tcp.ts'
import { failed, passed, renderSmoke, type SmokeCheck } from '../views/smoke-table.ts'

const PATH = '/'

/** Boots the runtime, asks every service with a server once and the entrypoint over TCP, stops. Ends the process itself. */
export async function runSmoke(context: CommandContext): Promise<CommandResult> {
  const spec = await loadSpec({ file: theRuntimeFile(context), mode: 'start', env: context.env })
  const runtime = createRuntime(spec)
  const prettyByDefault = process.stderr.isTTY
  const log = openLog({ spec: spec.logger, stream: process.stderr, prettyByDefault, colour: context.terminal.errorColour })
  runtime.onEvent(log.event)
  runtime.onOutput(log.line)
  const interrupted = { by: null as StopSignal | null }
  const offSignals = onStopSignal((signal, count) => {
    interrupted.by = signal
    if (count > 1) runtime.force()
    else runtime.stop('signal').catch(() => {})
  })
  const code = await check({ context, spec, runtime })
  const report = await runtime.stop('smoke')
  offSignals()
  await log.close()
  return await leave(interrupted.by === null ? code : exitCodeOfSignal(interrupted.by), report)
}

interface Run {
  readonly context: CommandContext
  readonly spec: RuntimeSpec
  readonly runtime: Runtime
}

async function check(run: Run): Promise<number> {
  try {
    await run.runtime.start()
    const checks = await askEverything(run)
    print(run.context, checks)
    const bad = checks.filter((one) => !one.ok).map((one) => one.service)
    if (bad.length === 0) return 0
    throw new MeshrtError('MESHRT_SMOKE_FAILED', `Cannot call it healthy: ${bad.join(', ')} did not answer as expected`)
  } catch (error) {
    const printed = run.context.options.json && hasMeshrtCode(error) && error.code === 'MESHRT_SMOKE_FAILED'
    if (!printed) reportError(error, run.context)
    return exitCodeOf(error)
  }
}

async function askEverything({ spec, runtime }: Run): Promise<readonly SmokeCheck[]> {
  const view = runtime.port.view()
  const throughMesh = view.services.map((service) => askService(runtime, service))
  const { url } = view.runtime
  const overTcp = url === null || spec.entrypoint === null ? [] : [askEntrypoint(spec.entrypoint, url)]
  return Promise.all([...throughMesh, ...overTcp])
}

async function askService(runtime: Runtime, service: ServiceView): Promise<SmokeCheck> {
  const facts = { service: service.id, via: 'mesh', path: PATH } as const
  try {
    return passed(facts, await runtime.ask(service.id, PATH))
  } catch (error) {
    if (hasMeshrtCode(error) && error.code === 'MESHRT_MESH_NOT_ROUTABLE') return background(service)
    return failed(facts, error)
  }
}

/** A service without a server cannot be asked; it only has to run. */
function background(service: ServiceView): SmokeCheck {
  const ok = service.ready === service.desired
  return { service: service.id, via: 'none', path: null, ok, status: null, durationMs: null, error: ok ? null : `it is ${service.state}` }
}

async function askEntrypoint(service: string, url: string): Promise<SmokeCheck> {
  const facts = { service, via: 'tcp', path: PATH } as const
  try {
    return passed(facts, await askOverTcp(new URL(PATH, url)))
  } catch (error) {
    return failed(facts, error)
  }
}

function print({ terminal, options }: CommandContext, checks: readonly SmokeCheck[]): void {
  const ok = checks.every((one) => one.ok)
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.smoke/v1', ok, checks }).trimEnd())
  else terminal.out(renderSmoke(checks, { maxWidth: terminal.columns, colour: terminal.outColour }))
}
