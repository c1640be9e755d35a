import { describeSpec } from '../config/describe-spec.ts'
import { jsonLine } from '../control/json-line.ts'
import { openControl } from '../control/open-control.ts'
import type { StopReport } from '../control/port.ts'
import { exitCodeOf, MeshrtError } from '../errors/meshrt-error.ts'
import { openLog, type Log } from '../log/open-log.ts'
import type { RuntimeSpec } from '../model/spec.ts'
import { createRuntime } from '../runtime/create-runtime.ts'
import type { Preparation } from '../runtime/preparation.ts'
import type { Runtime } from '../runtime/runtime.ts'
import { renderBanner } from './banner.ts'
import type { CommandContext, CommandResult } from './context.ts'
import { formatCount } from './format.ts'
import { leave } from './leave.ts'
import { describeStop } from './describe-stop.ts'
import type { Oversight } from './oversight.ts'
import { progressLine } from './progress.ts'
import { reloadOnInput } from './reload-on-input.ts'
import { reportError } from './report-error.ts'
import { chosenSocket } from './socket-choice.ts'
import { exitCodeOfSignal, onStopSignal, type StopSignal } from './signals.ts'
import { startWithin } from './start-within.ts'

/** After a second signal the workers get so long to be gone. */
const FORCE_MS = 2000

export interface Foreground {
  readonly spec: RuntimeSpec
  /** Reads the runtime file again. */
  readonly load: () => Promise<RuntimeSpec>
  readonly prepared: Preparation
  readonly oversight: Oversight
  readonly waitMs: number | null
}

/** From the control socket to the end of the process, which it ends itself. @throws what keeps the control socket from being opened. */
export async function runForeground(
  context: CommandContext,
  { spec, load, prepared, oversight, waitMs }: Foreground,
): Promise<CommandResult> {
  const { env } = context
  const { guardianPid } = oversight
  const guardian = guardianPid === null ? {} : { guardianPid }
  const control = await openControl({ name: spec.name, file: spec.file, socket: chosenSocket(context), env, ...guardian })
  let log: Log | null = null
  let runtime: Runtime | null = null
  process.once('uncaughtException', (error) => crash(error, context))
  try {
    const source = { load, describe: (one: RuntimeSpec) => describeSpec(one, { secrets: 'shown' }) }
    runtime = createRuntime(spec, { guardian: oversight.port, source, prepared })
    log = await openRuntimeLog(context, { spec, file: oversight.logFile })
    runtime.onEvent(log.event)
    runtime.onOutput(log.line)
    oversight.watch({ runtime, control })
    control.serve(oversight.portOf(runtime))
    const { code, report } = await supervise({ context, spec, runtime, oversight, waitMs })
    await control.close({ rebooting: oversight.isRebooting })
    await log.close()
    return await leave(code, report, oversight)
  } catch (error) {
    reportError(error, context)
    oversight.failed(error)
    prepared.close()
    await control.close()
    await log?.close()
    return await leave(exitCodeOf(error), { abandoned: runtime ? (await runtime.stop('failed')).abandoned : [] }, oversight)
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
  readonly oversight: Oversight
  readonly waitMs: number | null
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

async function runToItsEnd(run: Run, isForced: () => boolean): Promise<Outcome> {
  const { context, runtime, oversight, waitMs } = run
  const startedAt = performance.now()
  const offProgress = showProgress({ context, runtime })
  let unready: MeshrtError | null = null
  try {
    if (waitMs === null) await runtime.start()
    else unready = await startWithin(runtime, waitMs)
    if (unready === null) announce({ ...run, tookMs: Math.round(performance.now() - startedAt) })
  } catch (error) {
    // A start that was stopped on the way is no failure: how it ended is in the report.
    if ((await runtime.ended).error !== null) throw error
  } finally {
    offProgress()
  }
  if (unready !== null) throw unready
  const { error, ...report } = await runtime.ended
  if (isForced()) return { code: 0, report }
  if (error !== null) {
    reportError(error, context)
    oversight.failed(error)
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

function stopOnSignals({ context, runtime, oversight }: Run, onForced: (signal: StopSignal) => void): () => void {
  const { terminal } = context
  return onStopSignal((signal, count) => {
    oversight.stopAsked()
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

interface LogTarget {
  readonly spec: RuntimeSpec
  /** In the background: the only place where the log goes. */
  readonly file: string | null
}

function openRuntimeLog({ terminal, options }: CommandContext, { spec, file }: LogTarget): Promise<Log> {
  if (file !== null) return openLog({ spec: { ...spec.logger, file }, stream: null, prettyByDefault: false, colour: false })
  const logger = options.json ? { ...spec.logger, pretty: false } : spec.logger
  const prettyByDefault = terminal.columns !== null || spec.mode === 'dev'
  return openLog({ spec: logger, stream: process.stdout, prettyByDefault, colour: terminal.outColour })
}
