import type { EventOf, RuntimeEvent, StampedEvent } from '../model/events.ts'
import { describeCircuit } from './describe/circuit.ts'
import { describeCommand } from './describe/command.ts'
import { describeReload } from './describe/reload.ts'
import { describeRuntime } from './describe/runtime.ts'
import { describeScaling } from './describe/scaling.ts'
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
  const describer = DESCRIBERS[event.type] as (event: RuntimeEvent) => Described
  return describer(event)
}

/** Who describes what; complete, or it does not compile. */
const DESCRIBERS: { readonly [T in RuntimeEvent['type']]: (event: EventOf<T>) => Described } = {
  'runtime.started': describeRuntime,
  'runtime.rebooted': describeRuntime,
  'runtime.stopping': describeRuntime,
  'runtime.stopped': describeRuntime,
  'guardian.lost': describeRuntime,
  'service.started': describeService,
  'service.limited': describeService,
  'service.degraded': describeService,
  'service.recovered': describeService,
  'service.completed': describeService,
  'service.failed': describeService,
  'service.stopped': describeService,
  'worker.launched': describeWorker,
  'worker.ready': describeWorker,
  'worker.exited': describeWorker,
  'worker.abandoned': describeWorker,
  'worker.warned': describeWorker,
  'output.dropped': describeWorker,
  'worker.suspected': describeWorker,
  'health.changed': describeWorker,
  'restart.scheduled': describeSlot,
  'slot.quarantined': describeSlot,
  'slot.probed': describeSlot,
  'replacement.started': describeReplacement,
  'replacement.finished': describeReplacement,
  'replacement.failed': describeReplacement,
  'rollout.started': describeReplacement,
  'rollout.progressed': describeReplacement,
  'rollout.finished': describeReplacement,
  'rollout.failed': describeReplacement,
  'scaling.started': describeScaling,
  'pool.scaled': describeScaling,
  'scaling.failed': describeScaling,
  'scaling.limited': describeScaling,
  'drain.started': describeDrain,
  'drain.finished': describeDrain,
  'drain.timed-out': describeDrain,
  'route.published': describeRoutes,
  'circuit.opened': describeCircuit,
  'circuit.half-opened': describeCircuit,
  'circuit.closed': describeCircuit,
  'watch.changed': describeWatch,
  'watch.failed': describeWatch,
  'reload.planned': describeReload,
  'reload.applied': describeReload,
  'reload.rejected': describeReload,
  'command.received': describeCommand,
  'command.finished': describeCommand,
}

/** Every type there is. */
export const EVENT_TYPES: readonly string[] = Object.keys(DESCRIBERS)

function describeRoutes({ version }: EventOf<'route.published'>): Described {
  return { level: 'trace', message: `routes published (version ${version})`, fields: { version } }
}

function describeWatch(event: EventOf<'watch.changed' | 'watch.failed'>): Described {
  if (event.type === 'watch.failed') return { level: 'warn', message: `watching for changes: ${event.message}` }
  const { service, files } = event
  return { level: 'info', message: `${service ?? 'runtime file'}: changed ${listFiles(files)}`, fields: { service, files } }
}

const LISTED_FILES = 3

function listFiles(files: readonly string[]): string {
  const listed = files.slice(0, LISTED_FILES).join(', ')
  return files.length > LISTED_FILES ? `${listed} and ${files.length - LISTED_FILES} more` : listed
}
