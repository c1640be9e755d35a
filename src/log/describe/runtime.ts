import type { EventOf } from '../../model/events.ts'
import { formatWorkerId } from '../../model/ids.ts'
import type { Described } from '../record.ts'

type RuntimeFacts = EventOf<'runtime.started' | 'runtime.rebooted' | 'runtime.stopping' | 'runtime.stopped' | 'guardian.lost'>

export function describeRuntime(event: RuntimeFacts): Described {
  switch (event.type) {
    case 'runtime.started': {
      const where = event.url === null ? '' : ` at ${event.url}`
      return {
        level: 'info',
        message: `started${where} in ${Math.round(event.tookMs)} ms`,
        fields: { mode: event.mode, url: event.url, tookMs: Math.round(event.tookMs) },
      }
    }
    case 'runtime.rebooted': {
      const { number, cause } = event
      const downMs = Math.round(event.downMs)
      return {
        level: 'warn',
        message: `started again (reboot ${number}) after ${cause}, ${downMs} ms ago`,
        fields: { number, cause, downMs },
      }
    }
    case 'guardian.lost':
      return {
        level: 'warn',
        message: `the guardian (process ${event.pid}) is gone: from now on nobody starts the runtime again`,
        fields: { pid: event.pid },
      }
    case 'runtime.stopping':
      return { level: 'info', message: `stopping (${event.reason})`, fields: { reason: event.reason } }
    case 'runtime.stopped': {
      const late = [...event.killed, ...event.abandoned].map(formatWorkerId)
      const message =
        late.length === 0
          ? `stopped in ${Math.round(event.tookMs)} ms`
          : `stopped in ${Math.round(event.tookMs)} ms; ended by force: ${late.join(', ')}`
      const fields = {
        tookMs: Math.round(event.tookMs),
        killed: event.killed.map(formatWorkerId),
        abandoned: event.abandoned.map(formatWorkerId),
      }
      return { level: late.length === 0 ? 'info' : 'warn', message, fields }
    }
  }
}
