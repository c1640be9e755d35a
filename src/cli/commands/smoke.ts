import { closeSync, openSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { jsonLine } from '../../control/json-line.ts'
import { exitCodeOf, isErrno, MeshrtError } from '../../errors/meshrt-error.ts'
import { renderError } from '../../errors/render.ts'
import { openLog } from '../../log/open-log.ts'
import type { RuntimeSpec } from '../../model/spec.ts'
import { createRuntime } from '../../runtime/create-runtime.ts'
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
export async function runSmoke(context: CommandContext, options: SmokeOptions): Promise<CommandResult> {
  const spec = await loadStartSpec({ file: theRuntimeFile(context), mode: 'start', env: context.env, ...options })
  const junit = options.junit === null ? null : openReport(resolve(context.cwd, options.junit))
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
  const startedAt = new Date()
  const startedMs = performance.now()
  const { checks, error } = await check({ spec, runtime, options })
  const tookMs = performance.now() - startedMs
  const report = await runtime.stop('smoke')
  offSignals()
  await log.close()
  if (interrupted.by !== null) return await leave(exitCodeOfSignal(interrupted.by), report)
  print(context, { checks, error })
  const cause = error === null ? null : renderError(error, { colour: false })
  if (junit !== null) closeReport(junit, renderJunit({ name: spec.name, startedAt, tookMs, checks, error: cause }))
  return await leave(codeOf({ checks, error }), report)
}

interface Run {
  readonly spec: RuntimeSpec
  readonly runtime: Runtime
  readonly options: SmokeOptions
}

interface Outcome {
  readonly checks: readonly SmokeCheck[]
  /** What kept the checks from being made. */
  readonly error: unknown
}

async function check({ spec, runtime, options }: Run): Promise<Outcome> {
  try {
    const error = await startWithin(runtime, options.waitMs)
    if (error !== null) return { checks: [], error }
    return { checks: await runChecks(planSmoke(spec, { view: runtime.port.view(), timeoutMs: options.timeoutMs }), runtime), error: null }
  } catch (error) {
    return { checks: [], error }
  }
}

function codeOf({ checks, error }: Outcome): number {
  if (error !== null) return exitCodeOf(error)
  return checks.every(({ ok }) => ok) ? 0 : exitCodeOf(failed(checks))
}

function failed(checks: readonly SmokeCheck[]): MeshrtError {
  const bad = [...new Set(checks.filter(({ ok }) => !ok).map(({ service }) => service))]
  return new MeshrtError('MESHRT_SMOKE_FAILED', `Cannot call it healthy: ${bad.join(', ')} did not answer as expected`)
}

/** With --json the checks are the one document: what failed stands in it. */
function print(context: CommandContext, { checks, error }: Outcome): void {
  const { terminal, options } = context
  if (error !== null) return reportError(error, context)
  const ok = checks.every((one) => one.ok)
  if (options.json) return terminal.out(jsonLine({ schema: 'meshrt.smoke/v1', ok, checks }).trimEnd())
  terminal.out(renderSmoke(checks, { maxWidth: terminal.columns, colour: terminal.outColour }))
  if (!ok) reportError(failed(checks), context)
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
