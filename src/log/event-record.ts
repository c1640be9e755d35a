import { assertNever } from '../model/assert-never.ts'
import type { RuntimeEvent, StampedEvent } from '../model/events.ts'
import { describeCircuit } from './describe/circuit.ts'
import { describeCommand } from './describe/command.ts'
import { describeRuntime } from './describe/runtime.ts'
import { describeService } from './describe/service.ts'
import { describeReplacement, describeSlot } from './describe/slot.ts'
import { describeDrain, describeWorker } from './describe/worker.ts'
import type { Described, LogRecord } from './record.ts'

/** The log entry of an event. */
export function eventRecord({ atMs, event }: StampedEvent): LogRecord {
  const { level, message, fields = {} } = describe(event)
  return { level, atMs, message, fields: { source: 'meshrt', event: event.type, ...fields } }
}

function describe(event: RuntimeEvent): Described {
  switch (event.type) {
    case 'runtime.started':
    case 'runtime.stopping':
    case 'runtime.stopped':
      return describeRuntime(event)
    case 'service.started':
    case 'service.limited':
    case 'service.degraded':
    case 'service.recovered':
    case 'service.completed':
    case 'service.failed':
    case 'service.stopped':
      return describeService(event)
    case 'worker.launched':
    case 'worker.ready':
    case 'worker.exited':
    case 'worker.abandoned':
    case 'worker.warned':
    case 'output.dropped':
    case 'health.changed':
      return describeWorker(event)
    case 'restart.scheduled':
    case 'slot.quarantined':
    case 'slot.probed':
      return describeSlot(event)
    case 'replacement.started':
    case 'replacement.finished':
    case 'replacement.failed':
    case 'rollout.started':
    case 'rollout.finished':
    case 'rollout.failed':
      return describeReplacement(event)
    case 'drain.started':
    case 'drain.finished':
    case 'drain.timed-out':
      return describeDrain(event)
    case 'route.published':
      return { level: 'trace', message: `routes published (version ${event.version})`, fields: { version: event.version } }
    case 'circuit.opened':
    case 'circuit.half-opened':
    case 'circuit.closed':
      return describeCircuit(event)
    case 'watch.changed':
      return {
        level: 'info',
        message: `${event.service}: changed ${listFiles(event.files)}`,
        fields: { service: event.service, files: event.files },
      }
    case 'watch.failed':
      return { level: 'warn', message: `watching for changes: ${event.message}` }
    case 'command.received':
    case 'command.finished':
      return describeCommand(event)
    default:
      return assertNever(event)
  }
}

const LISTED_FILES = 3

function listFiles(files: readonly string[]): string {
  const listed = files.slice(0, LISTED_FILES).join(', ')
  return files.length > LISTED_FILES ? `${listed} and ${files.length - LISTED_FILES} more` : listed
}
