import { jsonLine } from '../../control/json-line.ts'
import { eventRecord } from '../../log/event-record.ts'
import { sanitise } from '../../log/sanitise.ts'
import type { StampedEvent } from '../../model/events.ts'
import { paint } from '../colour.ts'
import { connect } from '../connect.ts'
import type { CommandContext, CommandResult } from '../context.ts'
import { untilInterrupted } from '../interrupt.ts'

export interface EventsOptions {
  readonly follow: boolean
  readonly tail: number | null
}

export async function runEvents(context: CommandContext, { follow, tail }: EventsOptions): Promise<CommandResult> {
  const { terminal, options } = context
  const { client } = await connect(context, { orOnly: true })
  await untilInterrupted((signal) =>
    client.events({ follow, tail, signal }, (line) => {
      if ('dropped' in line) terminal.note(`${line.dropped} events were dropped: this reader was too slow`)
      else terminal.out(options.json ? jsonLine(line).trimEnd() : describeEvent(line, terminal.outColour))
    }),
  )
  return 0
}

const TYPE_WIDTH = 'replacement.finished'.length

function describeEvent(stamped: StampedEvent, colour: boolean): string {
  const { level, message } = eventRecord(stamped)
  const tone = level === 'error' || level === 'fatal' ? 'bad' : level === 'warn' ? 'warn' : 'plain'
  const type = stamped.event.type.padEnd(TYPE_WIDTH)
  const time = new Date(stamped.atMs).toISOString().slice(11, 23)
  return `${time}  ${colour ? paint(type, tone) : type}  ${sanitise(message)}`
}
