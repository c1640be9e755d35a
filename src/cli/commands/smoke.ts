import { closeSync, openSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { jsonLine } from '../../control/json-line.ts'
import { exitCodeOf, isErrno, MeshrtError } from '../../errors/meshrt-error.ts'
import { renderError } from '../../errors/render.ts'
import { openLog } from '../../log/open-log.ts'
import type { RuntimeSpec } from '../../model/spec.ts'
import type { Preparation } from '../../runtime/preparation.ts'
import type { Runtime } from '../../runtime/runtime.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { leave } from '../leave.ts'
import { reportError } from '../report-error.ts'
import { exitCodeOfSignal, onStopSignal, type StopSignal } from '../signals.ts'
import { runChecks, type SmokeCheck } from '../smoke/check.ts'
import { renderJunit } from '../smoke/junit.ts'
import { planSmoke } from '../smoke/plan.ts'
import { theRuntimeFile } from '../runtime-file.ts'
import { loadStartSpec, type Overrides } from '../start-spec.ts'
import { startWithin } from '../start-within.ts'
import { renderSmoke } from '../views/smoke-table.ts'

export interface SmokeOptions extends Overrides {
  /** A file for the report that CI servers read. */
  readonly junit: string | null
  /** How long everything may take to be ready. */
  readonly waitMs: number
  /** For each check, in place of its own. */
  readonly timeoutMs: number | null
}

/** Boots the runtime, makes the checks of the file or asks every service once, stops. Ends the process itself. */
export async function runSmoke(
  context: CommandContext,
  { prepared, ...options }: SmokeOptions & { readonly prepared: Preparation },
): Promise<CommandResult> {
  const spec = await loadStartSpec({ file: theRuntimeFile(context), mode: 'start', env: context.env, ...options })
  const junit = options.junit === null ? null : openReport(resolve(context.cwd, options.junit))
  await prepared.begin(spec)
  const { createRuntime } = await import('../../runtime/create-runtime.ts')
  const runtime = createRuntime(spec, { prepared })
  const prettyByDefault = process.stderr.isTTY
  const log = await openLog({ spec: spec.logger, stream: process.stderr, prettyByDefault, colour: context.terminal.errorColour })
  runtime.onEvent(log.event)
  runtime.onOutput(log.line)
  const interrupted = new Interruption()
  const offSignals = onStopSignal((signal, count) => {
    interrupted.happens(signal)
    if (count > 1) runtime.force()
    else runtime.stop('signal').catch(() => {})
  })
  const startedAt = new Date()
  const startedMs = performance.now()
  const outcome = await check({ spec, runtime, options, signal: interrupted.signal })
  const tookMs = performance.now() - startedMs
  const report = await runtime.stop('smoke')
  offSignals()
  await log.close()
  const result = { ...outcome, interruptedBy: interrupted.by }
  print(context, result)
  if (junit !== null) {
    closeReport(junit, renderJunit({ name: spec.name, startedAt, tookMs, checks: outcome.checks, error: whyNotAll(result) }))
  }
  return await leave(codeOf(result), report)
}

/** The first signal is what ends it. */
class Interruption {
  readonly #controller = new AbortController()
  by: StopSignal | null = null

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  happens(by: StopSignal): void {
    this.by ??= by
    this.#controller.abort()
  }
}

interface Run {
  readonly spec: RuntimeSpec
  readonly runtime: Runtime
  readonly options: SmokeOptions
  /** Aborted by a signal to the process. */
  readonly signal: AbortSignal
}

interface Outcome {
  readonly checks: readonly SmokeCheck[]
  /** What kept the checks from being made. */
  readonly error: unknown
}

interface Result extends Outcome {
  readonly interruptedBy: StopSignal | null
}

async function check({ spec, runtime, options, signal }: Run): Promise<Outcome> {
  try {
    const error = await startWithin(runtime, options.waitMs)
    if (error !== null) return { checks: [], error }
    const plan = planSmoke(spec, { view: runtime.port.view(), timeoutMs: options.timeoutMs })
    return { checks: await runChecks(plan, { runtime, signal }), error: null }
  } catch (error) {
    return { checks: [], error }
  }
}

function codeOf({ checks, error, interruptedBy }: Result): number {
  if (interruptedBy !== null) return exitCodeOfSignal(interruptedBy)
  if (error !== null) return exitCodeOf(error)
  return checks.every(({ ok }) => ok) ? 0 : exitCodeOf(failed(checks))
}

function failed(checks: readonly SmokeCheck[]): MeshrtError {
  const bad = [...new Set(checks.filter(({ ok }) => !ok).map(({ service }) => service))]
  return new MeshrtError('MESHRT_SMOKE_FAILED', `Cannot call it healthy: ${bad.join(', ')} did not answer as expected`)
}

/** With --json the checks are the one document: what failed stands in it. */
function print(context: CommandContext, { checks, error, interruptedBy }: Result): void {
  const { terminal, options } = context
  if (error !== null && interruptedBy === null) return reportError(error, context)
  const areGood = checks.every((one) => one.ok)
  if (options.json) {
    const interruption = interruptedBy === null ? {} : { interruptedBy }
    return terminal.out(jsonLine({ schema: 'meshrt.smoke/v1', ok: areGood && interruptedBy === null, checks, ...interruption }).trimEnd())
  }
  if (checks.length > 0) terminal.out(renderSmoke(checks, { maxWidth: terminal.columns, colour: terminal.outColour }))
  if (!areGood) reportError(failed(checks), context)
  if (interruptedBy !== null) terminal.note(describeInterruption(interruptedBy))
}

/** For the report: why there are fewer checks in it than there should be. */
function whyNotAll({ error, interruptedBy }: Result): string | null {
  if (interruptedBy !== null) return describeInterruption(interruptedBy)
  return error === null ? null : renderError(error, { colour: false })
}

function describeInterruption(by: StopSignal): string {
  return `Interrupted by ${by} before it was done.`
}

/** Before anything starts: a report that cannot be written is not found out after minutes. @throws MESHRT_REPORT_UNWRITABLE */
function openReport(path: string): number {
  try {
    return openSync(path, 'w')
  } catch (cause) {
    if (!isErrno(cause, 'EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EISDIR', 'ENOENT', 'ENOSPC', 'ENAMETOOLONG')) throw cause
    throw new MeshrtError('MESHRT_REPORT_UNWRITABLE', `Cannot write the report to ${path}: ${cause.message}`, { cause })
  }
}

function closeReport(report: number, text: string): void {
  writeFileSync(report, text)
  closeSync(report)
}
