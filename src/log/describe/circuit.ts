import type { EventOf } from '../../model/events.ts'
import type { Described } from '../record.ts'

/** What a caller's opinion of a target looks like in the log. */
export function describeCircuit(event: EventOf<'circuit.opened' | 'circuit.half-opened' | 'circuit.closed'>): Described {
  const { caller, target } = event
  switch (event.type) {
    case 'circuit.opened': {
      const { reason, openMs } = event
      const message = `${caller}: sends ${target} nothing for ${Math.round(openMs)} ms (${reason})`
      return { level: 'warn', message, fields: { caller, target, reason, openMs: Math.round(openMs) } }
    }
    case 'circuit.half-opened':
      return { level: 'debug', message: `${caller}: tries ${target} again`, fields: { caller, target } }
    case 'circuit.closed':
      return { level: 'info', message: `${caller}: ${target} answers again`, fields: { caller, target } }
  }
}
