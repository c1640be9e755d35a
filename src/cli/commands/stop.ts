import { setTimeout as delay } from 'node:timers/promises'
import { hasMeshrtCode, MeshrtError } from '../../errors/meshrt-error.ts'
import { jsonLine } from '../../control/json-line.ts'
import { isAlive, type ProcessIdentity } from '../../control/process-identity.ts'
import { readMeta } from '../../control/meta.ts'
import type { StopReport } from '../../control/port.ts'
import { connect } from '../connect.ts'
import { describeStop } from '../describe-stop.ts'
import type { CommandContext, CommandResult } from '../context.ts'

/** After its answer the process only has to leave. */
const LEAVE_MS = 5000
const POLL_MS = 20

/** Returns when the runtime's process and its guardian have ended, so that a `start` right after it finds everything free. */
export async function runStop(context: CommandContext): Promise<CommandResult> {
  const { terminal, options } = context
  const { client, meta, rebooting } = await connect(context, { orOnly: false, whileRebooting: 'tell' })
  if (rebooting?.guardian) return stopReboots(context, rebooting.guardian)
  const owner = readMeta(meta)
  terminal.note('Stopping…')
  const report = await stopOrSeeItGone(() => client.stop(), owner)
  const left = (await hasLeft(owner)) && (await hasLeft(owner?.guardian ?? null))
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.stop/v1', ...report, left }).trimEnd())
  else terminal.out(isKnown(report) ? describeStop(report) : 'Stopped; it ended before it could say how.')
  if (!left) throw new MeshrtError('MESHRT_SHUTDOWN_INCOMPLETE', `Cannot see the runtime end: process ${owner?.pid ?? '?'} is still there`)
  if (report.ok === false)
    throw new MeshrtError('MESHRT_SHUTDOWN_INCOMPLETE', 'Cannot call that a clean stop: it took longer than its budget')
  return 0
}

/** There is no runtime to ask, only a guardian that would start the next one. */
async function stopReboots({ terminal, options }: CommandContext, guardian: ProcessIdentity): Promise<CommandResult> {
  process.kill(guardian.pid, 'SIGTERM')
  const left = await hasLeft(guardian)
  const report: StopReport = { ok: left, killed: [], abandoned: [], cut: [] }
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.stop/v1', ...report, left }).trimEnd())
  else terminal.out('Stopped: the runtime had died, and is not started again.')
  if (!left) throw new MeshrtError('MESHRT_SHUTDOWN_INCOMPLETE', `Cannot see the guardian end: process ${guardian.pid} is still there`)
  return 0
}

/** Of a runtime that has ended before it could say how. */
const UNKNOWN: Unknown = { ok: null, killed: null, abandoned: null, cut: null }
type Unknown = { readonly [Key in keyof StopReport]: null }

function isKnown(report: StopReport | Unknown): report is StopReport {
  return report.ok !== null
}

/**
 * Another stop may have ended it meanwhile: its socket closes before it leaves, and what has come to it by then is not answered. So may a runtime that
 * ends by force, because a thread never would. What was asked for is done either way.
 */
async function stopOrSeeItGone(stop: () => Promise<StopReport>, owner: ProcessIdentity | null): Promise<StopReport | Unknown> {
  try {
    return await stop()
  } catch (error) {
    const code = hasMeshrtCode(error) ? error.code : null
    if (code === 'MESHRT_NO_RUNTIME' || (code === 'MESHRT_NOT_ANSWERING' && owner !== null && (await hasLeft(owner)))) return UNKNOWN
    throw error
  }
}

async function hasLeft(owner: ProcessIdentity | null): Promise<boolean> {
  if (owner === null) return true
  const endMs = performance.now() + LEAVE_MS
  while (isAlive(owner)) {
    if (performance.now() > endMs) return false
    await delay(POLL_MS)
  }
  return true
}
