import { loadSpec } from '../../config/load-spec.ts'
import { jsonLine } from '../../control/json-line.ts'
import { openControl } from '../../control/open-control.ts'
import type { StopReport } from '../../control/port.ts'
import { exitCodeOf, MeshrtError } from '../../errors/meshrt-error.ts'
import { openLog, type Log } from '../../log/open-log.ts'
import type { Mode, RuntimeSpec } from '../../model/spec.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import { renderBanner } from '../banner.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatCount } from '../format.ts'
import { leave } from '../leave.ts'
import { describeStop } from '../describe-stop.ts'
import { progressLine } from '../progress.ts'
import { reloadOnInput } from '../reload-on-input.ts'
import { reportError } from '../report-error.ts'
import { theRuntimeFile } from '../runtime-file.ts'
import { exitCodeOfSignal, onStopSignal, type StopSignal } from '../signals.ts'

/** After a second signal the workers get so long to be gone. */
const FORCE_MS = 2000

/** `start` and `dev`: runs in the foreground until a signal or `meshrt stop`. Ends the process itself. */
export async function runStart(context: CommandContext, mode: Mode): Promise<CommandResult> {
  context.outliveReaders()
  const spec = await loadSpec({ file: theRuntimeFile(context), mode, env: context.env })
  const socket = context.options.socket ?? context.env['MESHRT_SOCKET'] ?? null
  const control = await openControl({ name: spec.name, file: spec.file, socket: socket === '' ? null : socket, env: context.env })
  let log: Log | null = null
  let runtime: Runtime | null = null
  process.once('uncaughtException', (error) => crash(error, context))
  try {
    const { createRuntime } = await import('../../runtime/create-runtime.ts')
    runtime = createRuntime(spec)
    log = openRuntimeLog(context, spec)
    runtime.onEvent(log.event)
    runtime.onOutput(log.line)
    control.serve(runtime.port)
    const { code, report } = await supervise({ context, spec, runtime })
    await control.close()
    await log.close()
    return await leave(code, report)
  } catch (error) {
    reportError(error, context)
    await control.close()
    await log?.close()
    return await leave(exitCodeOf(error), { abandoned: runtime ? (await runtime.stop('failed')).abandoned : [] })
  }
}

/** A bug in meshrt itself. The control socket and its lock are removed as the process exits. */
function crash(error: Error, context: CommandContext): never {
  reportError(error, context)
  process.exit(exitCodeOf(error))
}

interface Run {
  readonly context: CommandContext
  readonly spec: RuntimeSpec
  readonly runtime: Runtime
}

interface Outcome {
  readonly code: number
  readonly report: StopReport
}

/** A worker that not even force ends within its time. */
const STUCK: Outcome = { code: 1, report: { ok: false, killed: [], abandoned: ['?'], cut: [] } }

async function supervise(run: Run): Promise<Outcome> {
  const { context, spec, runtime } = run
  const stuck = Promise.withResolvers<Outcome>()
  let forcedBy: StopSignal | null = null
  const offSignals = stopOnSignals(run, (signal) => {
    forcedBy = signal
    setTimeout(() => stuck.resolve(STUCK), FORCE_MS).unref()
  })
  const offInput = spec.mode === 'dev' ? reloadOnInput({ runtime, context }) : () => {}
  try {
    const outcome = await Promise.race([stuck.promise, runToItsEnd(run, () => forcedBy !== null)])
    return forcedBy === null ? outcome : { ...outcome, code: exitCodeOfSignal(forcedBy) }
  } finally {
    offInput()
    offSignals()
  }
}

async function runToItsEnd({ context, spec, runtime }: Run, isForced: () => boolean): Promise<Outcome> {
  const startedAt = performance.now()
  const offProgress = showProgress({ context, runtime })
  try {
    await runtime.start()
    announce({ context, spec, runtime, tookMs: Math.round(performance.now() - startedAt) })
  } catch (error) {
    // A start that was stopped on the way is no failure: how it ended is in the report.
    if ((await runtime.ended).error !== null) throw error
  } finally {
    offProgress()
  }
  const { error, ...report } = await runtime.ended
  if (isForced()) return { code: 0, report }
  if (error !== null) {
    reportError(error, context)
    return { code: exitCodeOf(error), report }
  }
  return { code: judge(report, context), report }
}

function judge(report: StopReport, context: CommandContext): number {
  const late = [...report.killed, ...report.abandoned]
  if (report.ok) {
    if (late.length + report.cut.length > 0) context.terminal.note(describeStop(report))
    return 0
  }
  const who = late.length === 0 ? 'it took longer than its budget' : `${late.join(', ')} had to be ended by force`
  const error = new MeshrtError('MESHRT_SHUTDOWN_INCOMPLETE', `Cannot call that a clean stop: ${who}`)
  reportError(error, context)
  return exitCodeOf(error)
}

function stopOnSignals({ context, runtime }: Run, onForced: (signal: StopSignal) => void): () => void {
  const { terminal } = context
  return onStopSignal((signal, count) => {
    if (count === 1) {
      const running = runtime.port.view().services.filter((service) => service.state !== 'stopped' && service.state !== 'completed')
      terminal.note(`Stopping ${formatCount(running.length, 'service')}… (press Ctrl+C again to force)`)
      // Its outcome is that of `runtime.ended`, which is being waited for.
      runtime.stop('signal').catch(() => {})
      return
    }
    if (count > 2) return
    terminal.note('Ending everything now.')
    runtime.force()
    onForced(signal)
  })
}

/** Where the log is on the terminal too, it tells the same. */
function showProgress({ context, runtime }: { context: CommandContext; runtime: Runtime }): () => void {
  if (context.terminal.columns !== null) return () => {}
  return runtime.onEvent((stamped) => {
    const line = progressLine(stamped)
    if (line !== null) context.terminal.note(line)
  })
}

function announce({ context, spec, runtime, tookMs }: Run & { tookMs: number }): void {
  const { terminal, options } = context
  const view = runtime.port.view()
  // It was stopped on the way.
  if (view.runtime.state !== 'running') return
  terminal.note(renderBanner({ spec, view, tookMs, nowMs: Date.now(), colour: terminal.errorColour }))
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.start/v1', tookMs, runtime: view.runtime }).trimEnd())
}

function openRuntimeLog({ terminal, options }: CommandContext, spec: RuntimeSpec): Log {
  const logger = options.json ? { ...spec.logger, pretty: false } : spec.logger
  const prettyByDefault = terminal.columns !== null || spec.mode === 'dev'
  return openLog({ spec: logger, stream: process.stdout, prettyByDefault, colour: terminal.outColour })
}
