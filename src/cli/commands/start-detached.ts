import { closeSync } from 'node:fs'
import { ControlClient } from '../../control/client.ts'
import { jsonLine } from '../../control/json-line.ts'
import { controlPathsOf } from '../../control/open-control.ts'
import { refuseIfRunning } from '../../control/take-lock.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import { launchInBackground, type GuardianEnd, type Launched } from '../../guardian/launch.ts'
import type { RuntimeView } from '../../model/view.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatMs } from '../format.ts'
import { logPlace, openLogPlace, type LogPlace } from '../log-place.ts'
import { chosenSocket } from '../socket-choice.ts'
import { theRuntimeFile } from '../runtime-file.ts'
import { loadStartSpec, type Overrides } from '../start-spec.ts'
import { leftBefore, waitUntil } from '../wait-until.ts'

export interface DetachedOptions extends Overrides {
  /** Until everything is ready, and not only until the runtime boots. */
  readonly wait: boolean
  readonly waitMs: number
}

interface Started extends DetachedOptions {
  readonly startedMs: number
  readonly launched: Launched
  readonly place: LogPlace
}

/** `start --detach`: a guardian in the background with the runtime as its child. What goes wrong until it is up is told here. */
export async function runStartDetached(context: CommandContext, options: DetachedOptions): Promise<CommandResult> {
  const startedMs = performance.now()
  const { env } = context
  const spec = await loadStartSpec({ file: theRuntimeFile(context), mode: 'start', env: context.env, ...options })
  await refuseIfRunning(controlPathsOf({ file: spec.file, socket: chosenSocket(context), env }))
  const place = logPlace(spec, env)
  const stderr = openLogPlace(place)
  const launched = launchInBackground({ args: process.argv.slice(2), env, stderr, logFile: place.log })
  closeSync(stderr)
  const interrupted = (): never => {
    context.terminal.note('The runtime goes on in the background: meshrt ps shows it, meshrt stop ends it.')
    process.exit(INTERRUPTED)
  }
  process.once('SIGINT', interrupted)
  try {
    return await followStart(context, { ...options, startedMs, launched, place })
  } finally {
    process.off('SIGINT', interrupted)
    launched.release()
  }
}

/** As a shell reports SIGINT. */
const INTERRUPTED = 130

async function followStart(context: CommandContext, started: Started): Promise<CommandResult> {
  const late = Promise.withResolvers<'late'>()
  const timer = setTimeout(() => late.resolve('late'), started.waitMs)
  const over = new AbortController()
  const up = untilUp(context, { ...started, late: late.promise, signal: over.signal })
  // Its rejection after the end of the race is of no interest: the reason for it is what ended the race.
  up.catch(() => {})
  try {
    const outcome = await Promise.race([up, started.launched.ended])
    if ('runtime' in outcome) return announce(context, { started, view: outcome })
    return reportEnd(context, outcome, started.place)
  } finally {
    clearTimeout(timer)
    over.abort()
  }
}

interface Deadline {
  readonly late: Promise<'late'>
  readonly signal: AbortSignal
}

async function untilUp(context: CommandContext, { wait, waitMs, launched, late, signal }: Started & Deadline): Promise<RuntimeView> {
  const socket = await Promise.race([launched.booting, late])
  if (socket === 'late') {
    throw new MeshrtError('MESHRT_TIMEOUT', `Cannot say that it has started: it has not begun to boot within ${formatMs(waitMs)}`)
  }
  const client = new ControlClient(socket)
  if (!wait) return client.view()
  const goal = { condition: 'ready', services: [] } as const
  // That it has left is for its guardian to tell, who knows why.
  const end = await waitUntil(client, { late, signal, waitMs, goal, note: (text) => context.terminal.note(text), hasLeft: () => false })
  if (end.kind === 'left') throw leftBefore(goal, end)
  return end.view
}

function announce({ terminal, options }: CommandContext, { started, view }: { started: Started; view: RuntimeView }): CommandResult {
  const { place, wait, startedMs } = started
  const tookMs = Math.round(performance.now() - startedMs)
  const { runtime } = view
  if (options.json) {
    terminal.out(jsonLine({ schema: 'meshrt.start/v1', tookMs, runtime, log: place.log, stderr: place.stderr }).trimEnd())
    return 0
  }
  const how = wait ? `is ready after ${formatMs(tookMs)}` : 'is starting'
  const url = runtime.url === null ? '' : ` → ${runtime.url}`
  terminal.out(`${runtime.name} ${how} in the background: process ${runtime.pid}, guardian ${runtime.guardianPid ?? 'none'}${url}`)
  terminal.note(`log: ${place.log}`)
  terminal.note('meshrt ps shows its services · meshrt logs -f follows their output · meshrt stop stops it')
  return 0
}

function reportEnd({ terminal, options }: CommandContext, { code, signal, failure }: GuardianEnd, { stderr }: LogPlace): CommandResult {
  if (failure === null) {
    const how = signal ?? `code ${code ?? '?'}`
    throw new MeshrtError(
      'MESHRT_START_FAILED',
      `Cannot start in the background: the runtime ended (${how}); what it wrote is in ${stderr}`,
    )
  }
  if (options.json) terminal.out(jsonLine(failure.document).trimEnd())
  else terminal.note(failure.text)
  return code ?? failure.document.exitCode
}
