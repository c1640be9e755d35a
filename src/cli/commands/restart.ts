import { jsonLine } from '../../control/json-line.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import { formatTarget, formatWorkerId, type Target, type WorkerKey } from '../../model/ids.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatCount, formatMs } from '../format.ts'
import { progressLine } from '../progress.ts'

export interface RestartOptions {
  readonly hard: boolean
  /** For all targets together; null = as long as it takes. */
  readonly timeoutMs: number | null
}

export async function runRestart(
  context: CommandContext,
  targets: readonly string[],
  { hard, timeoutMs }: RestartOptions,
): Promise<CommandResult> {
  const { terminal, options } = context
  const { client } = await connect(context, { orOnly: false })
  const replaced: WorkerKey[] = []
  let tookMs = 0
  const signal = timeoutMs === null ? new AbortController().signal : AbortSignal.timeout(timeoutMs)
  for (const target of await checkTargets(client, { targets, verb: 'restart' })) {
    const work = client.restart({ target, hard, signal }, (stamped) => {
      const line = progressLine(stamped)
      if (line !== null) terminal.note(line)
    })
    const report = await work.catch((error: unknown) => {
      throw signal.aborted ? tooLate(target, timeoutMs) : error
    })
    tookMs += report.tookMs
    replaced.push(...report.replaced.map(formatWorkerId))
  }
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.restart/v1', replaced, tookMs: Math.round(tookMs) }).trimEnd())
  else terminal.out(`Restarted ${formatCount(replaced.length, 'worker')} in ${formatMs(tookMs)}: ${replaced.join(', ')}`)
  return 0
}

function tooLate(target: Target, timeoutMs: number | null): MeshrtError {
  const message = `Cannot wait longer than ${formatMs(timeoutMs ?? 0)} until ${formatTarget(target)} is restarted: that goes on`
  return new MeshrtError('MESHRT_TIMEOUT', message)
}
