import { fitsPattern } from '../../control/event-filter.ts'
import { jsonLine } from '../../control/json-line.ts'
import type { DroppedLine } from '../../control/protocol.ts'
import { guessName } from '../../errors/guess-name.ts'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import { EVENT_TYPES, eventRecord } from '../../log/event-record.ts'
import { sanitise } from '../../log/sanitise.ts'
import type { StampedEvent } from '../../model/events.ts'
import { explainTargets } from '../check-targets.ts'
import { paint } from '../colour.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { untilInterrupted } from '../interrupt.ts'
import { parseSince } from '../since.ts'

export interface EventsOptions {
  readonly targets: readonly string[]
  readonly follow: boolean
  readonly lines: number | null
  readonly since: string | null
  /** `worker.exited`, `worker.*`; none = all. */
  readonly types: readonly string[]
}

export async function runEvents(context: CommandContext, { targets, follow, lines, since, types }: EventsOptions): Promise<CommandResult> {
  const { terminal, options } = context
  types.forEach(checkType)
  const sinceMs = since === null ? null : parseSince(since, Date.now())
  const { client } = await connect(context, { orOnly: true })
  const print = (line: StampedEvent | DroppedLine): void => {
    if ('dropped' in line) terminal.note(`${line.dropped} events were dropped: this reader was too slow`)
    else terminal.out(options.json ? jsonLine(line).trimEnd() : describeEvent(line, terminal.outColour))
  }
  const how = { targets, types, follow, sinceMs, tail: lines }
  const work = () => untilInterrupted((signal) => client.events({ ...how, signal }, print))
  await explainTargets(client, { targets, verb: 'show the events of', work })
  return 0
}

/** What no event can ever be would be waited for in vain. @throws MESHRT_USAGE */
function checkType(pattern: string): void {
  if (EVENT_TYPES.some((type) => fitsPattern(type, pattern))) return
  const guess = guessName(pattern, EVENT_TYPES)
  const help = guess === null ? 'All types are in docs/events.md; * stands for any text, as in worker.*' : `Did you mean "${guess}"?`
  throw new MeshrtError('MESHRT_USAGE', `Cannot show events of the type ${JSON.stringify(pattern.slice(0, 100))}: there are none. ${help}`)
}

const TYPE_WIDTH = 'replacement.finished'.length

function describeEvent(stamped: StampedEvent, colour: boolean): string {
  const { level, message } = eventRecord(stamped)
  const tone = level === 'error' || level === 'fatal' ? 'bad' : level === 'warn' ? 'warn' : 'plain'
  const type = stamped.event.type.padEnd(TYPE_WIDTH)
  const time = new Date(stamped.atMs).toISOString().slice(11, 23)
  return `${time}  ${colour ? paint(type, tone) : type}  ${sanitise(message)}`
}
