import { parseDuration } from '../../config/units.ts'
import { jsonLine } from '../../control/json-line.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import { checkTargets } from '../check-targets.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { formatMs } from '../format.ts'
import { untilInterrupted } from '../interrupt.ts'
import type { Goal } from '../readiness.ts'
import { waitUntil } from '../wait-until.ts'

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
  const waitMs = parseDuration(timeout)
  if (waitMs === null) throw new MeshrtError('MESHRT_USAGE', `Cannot wait for "${timeout}": it must be a duration like 60s`)
  const { client } = await connect(context, { orOnly: false })
  const targets = await checkTargets(client, { targets: services, verb: 'wait for' })
  const slot = targets.find((target) => target.slot !== null)
  if (slot)
    throw new MeshrtError('MESHRT_USAGE', `Cannot wait for "${slot.service}/${slot.slot}": it is a worker, and services are waited for`)
  const goal: Goal = { condition: parseCondition(condition), services: targets.map(({ service }) => service) }
  const startedMs = performance.now()
  let isReached = false
  await untilInterrupted(async (signal) => {
    const late = Promise.withResolvers<void>()
    const timer = setTimeout(late.resolve, waitMs)
    try {
      await waitUntil(client, { late: late.promise, signal, waitMs, goal, note: (text) => terminal.note(text) })
      isReached = true
    } finally {
      clearTimeout(timer)
    }
  })
  if (!isReached) return INTERRUPTED
  const tookMs = Math.round(performance.now() - startedMs)
  const named = goal.services.length === 0 ? 'Everything' : goal.services.join(', ')
  if (options.json) terminal.out(jsonLine({ schema: 'meshrt.wait/v1', ...goal, tookMs }).trimEnd())
  else terminal.out(`${named}: ${goal.condition}, after ${formatMs(tookMs)}`)
  return 0
}

/** As a shell reports SIGINT: what was waited for has not come. */
const INTERRUPTED = 130

function parseCondition(text: string): Goal['condition'] {
  const found = CONDITIONS.find((condition) => condition === text)
  if (found) return found
  throw new MeshrtError('MESHRT_USAGE', `Cannot wait for "${text}": it must be ${CONDITIONS.join(', ')}`)
}
