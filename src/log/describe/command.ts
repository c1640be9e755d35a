import type { EventOf } from '../../model/events.ts'
import type { Described } from '../record.ts'

export function describeCommand(event: EventOf<'command.received' | 'command.finished'>): Described {
  const what = event.target === null ? event.command : `${event.command} ${event.target}`
  const fields = { command: event.command, target: event.target }
  if (event.type === 'command.received') return { level: 'info', message: `command: ${what}`, fields }
  const message = event.ok ? `command done: ${what}` : `command failed: ${what}`
  return { level: event.ok ? 'info' : 'warn', message, fields: { ...fields, ok: event.ok } }
}
