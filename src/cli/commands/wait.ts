import { jsonLine } from '../../control/json-line.ts'
import { hasLeft } from '../../control/meta.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { durationOption } from '../duration-option.ts'
import { formatMs } from '../format.ts'
import { untilInterrupted } from '../interrupt.ts'
import type { Goal } from '../readiness.ts'
import { exitCodeOfSignal } from '../signals.ts'
import { leftBefore, waitUntil } from '../wait-until.ts'

export interface WaitHow {
  /** Empty = everything. */
  readonly services: readonly string[]
  readonly condition: string
  readonly timeout: string
}

const CONDITIONS = ['ready', 'stopped', 'completed'] as const

/** `wait auth --for ready`: returns when it is, and says why when it will not be. */
export async function runWait(context: CommandContext, { services, condition, timeout }: WaitHow): Promise<CommandResult> {
  const { terminal, options } = context
  const waitMs = durationOption(timeout, '--timeout')
  const { client, meta } = await connect(context, { orOnly: false })
  const targets = await checkTargets(client, { targets: services, verb: 'wait for' })
  const slot = targets.find((target) => target.slot !== null)
  if (slot)
    throw new MeshrtError('MESHRT_USAGE', `Cannot wait for "${slot.service}/${slot.slot}": it is a worker, and services are waited for`)
  const goal: Goal = { condition: parseCondition(condition), services: targets.map(({ service }) => service) }
  const startedMs = performance.now()
  const watched = await untilInterrupted(async (signal) => {
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, waitMs)
    try {
      const note = (text: string): void => terminal.note(text)
      return await waitUntil(client, { late: late.promise, signal, waitMs, goal, note, hasLeft: () => hasLeft(meta) })
    } finally {
      clearTimeout(timer)
    }
  })
  // What was waited for has not come.
  if (watched.kind === 'interrupted') return exitCodeOfSignal(watched.by)
  const end = watched.value
  // Where there is no runtime, everything of it is stopped.
  if (end.kind === 'left' && goal.condition !== 'stopped') throw leftBefore(goal, end)
  const tookMs = Math.round(performance.now() - startedMs)
  const named = goal.services.length === 0 ? 'Everything' : goal.services.join(', ')
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.wait/v1', ...goal, tookMs }).trimEnd())
  else terminal.out(`${named}: ${goal.condition}, after ${formatMs(tookMs)}`)
  return 0
}

function parseCondition(text: string): Goal['condition'] {
  const found = CONDITIONS.find((condition) => condition === text)
  if (found) return found
  throw new MeshrtError('MESHRT_USAGE', `Cannot wait for "${text}": it must be ${CONDITIONS.join(', ')}`)
}
