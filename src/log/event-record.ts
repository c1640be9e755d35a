import { assertNever } from '../model/assert-never.ts'
import type { EventOf, RuntimeEvent, StampedEvent } from '../model/events.ts'
import { describeExit } from '../model/exit.ts'
import { formatSlotId, formatWorkerId, type SlotId, type WorkerId } from '../model/ids.ts'
import { describeVerdict } from '../model/verdict.ts'
import { describeCircuit } from './describe-circuit.ts'
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

type RuntimeFacts = EventOf<'runtime.started' | 'runtime.stopping' | 'runtime.stopped'>

function describeRuntime(event: RuntimeFacts): Described {
  switch (event.type) {
    case 'runtime.started': {
      const where = event.url === null ? '' : ` at ${event.url}`
      return {
        level: 'info',
        message: `started${where} in ${Math.round(event.tookMs)} ms`,
        fields: { mode: event.mode, url: event.url, tookMs: Math.round(event.tookMs) },
      }
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

type ServiceFacts = EventOf<
  'service.started' | 'service.limited' | 'service.degraded' | 'service.recovered' | 'service.failed' | 'service.stopped'
>

function describeService(event: ServiceFacts): Described {
  const { service } = event
  switch (event.type) {
    case 'service.started':
      return {
        level: 'info',
        message: `${service}: running with ${count(event.workers, 'worker')} after ${Math.round(event.tookMs)} ms`,
        fields: { service, workers: event.workers, tookMs: Math.round(event.tookMs) },
      }
    case 'service.limited':
      return {
        level: 'warn',
        message: `${service}: ${count(event.workers, 'worker')} instead of ${event.asked}, because they cannot share a port on this platform`,
        fields: { service, workers: event.workers, asked: event.asked },
      }
    case 'service.degraded':
      return {
        level: 'warn',
        message: `${service}: degraded, ${event.ready} of ${event.desired} workers are ready`,
        fields: { service, ready: event.ready, desired: event.desired },
      }
    case 'service.recovered':
      return { level: 'info', message: `${service}: recovered`, fields: { service, ready: event.ready } }
    case 'service.failed':
      return { level: 'error', message: `${service}: failed: ${event.error.message}`, fields: { service, err: event.error } }
    case 'service.stopped':
      return { level: 'info', message: `${service}: stopped`, fields: { service } }
  }
}

type WorkerFacts = EventOf<
  'worker.launched' | 'worker.ready' | 'worker.exited' | 'worker.abandoned' | 'worker.warned' | 'output.dropped' | 'health.changed'
>

function describeWorker(event: WorkerFacts): Described {
  const name = formatWorkerId(event.worker)
  const fields = workerFields(event.worker)
  switch (event.type) {
    case 'worker.launched':
      return { level: 'debug', message: `${name}: launched`, fields }
    case 'worker.ready': {
      const where = event.url === null ? '' : ` at ${event.url}`
      return {
        level: 'info',
        message: `${name}: ready${where} after ${Math.round(event.tookMs)} ms`,
        fields: { ...fields, tookMs: Math.round(event.tookMs) },
      }
    }
    case 'worker.exited':
      return describeWorkerExit(event)
    case 'worker.abandoned':
      return { level: 'error', message: `${name}: abandoned, its thread does not end`, fields }
    case 'worker.warned':
      return { level: 'warn', message: `${name}: ${event.message}`, fields }
    case 'output.dropped':
      return {
        level: 'warn',
        message: `${name}: ${event.writes} writes of output were dropped`,
        fields: { ...fields, writes: event.writes },
      }
    case 'health.changed': {
      const sick = event.verdict.kind !== 'ok' && event.verdict.kind !== 'grace'
      const reason = describeVerdict(event.verdict)
      const message = `${name}: ${event.verdict.kind}${reason === '' ? '' : `, ${reason}`} (was ${event.from})`
      return { level: sick ? 'warn' : 'info', message, fields: { ...fields, from: event.from, verdict: event.verdict } }
    }
  }
}

function describeWorkerExit({ worker, exit, uptimeMs }: EventOf<'worker.exited'>): Described {
  const planned = exit.kind === 'stopped' || exit.kind === 'completed'
  const error = exit.kind === 'crashed' || exit.kind === 'out-of-memory' ? exit.error : undefined
  return {
    level: planned ? 'debug' : 'error',
    message: `${formatWorkerId(worker)}: ${describeExit(exit)}`,
    fields: { ...workerFields(worker), exit: exit.kind, uptimeMs: Math.round(uptimeMs), ...(error ? { err: error } : {}) },
  }
}

type SlotFacts = EventOf<'restart.scheduled' | 'slot.quarantined' | 'slot.probed'>

function describeSlot(event: SlotFacts): Described {
  const name = formatSlotId(event.slot)
  const fields = slotFields(event.slot)
  switch (event.type) {
    case 'restart.scheduled':
      return {
        level: 'warn',
        message: `${name}: restart ${event.attempt} in ${Math.round(event.delayMs)} ms`,
        fields: { ...fields, delayMs: Math.round(event.delayMs), attempt: event.attempt },
      }
    case 'slot.quarantined':
      return { level: 'error', message: `${name}: quarantined (${event.reason})`, fields: { ...fields, reason: event.reason } }
    case 'slot.probed':
      return { level: 'info', message: `${name}: trying one worker again`, fields }
  }
}

type ReplacementFacts = EventOf<
  'replacement.started' | 'replacement.finished' | 'replacement.failed' | 'rollout.started' | 'rollout.finished' | 'rollout.failed'
>

function describeReplacement(event: ReplacementFacts): Described {
  switch (event.type) {
    case 'replacement.started':
      return {
        level: 'info',
        message: `${formatSlotId(event.slot)}: replacing (${event.reason})`,
        fields: { ...slotFields(event.slot), reason: event.reason },
      }
    case 'replacement.finished':
      return {
        level: 'info',
        message: `${formatSlotId(event.slot)}: replaced in ${Math.round(event.tookMs)} ms`,
        fields: { ...slotFields(event.slot), tookMs: Math.round(event.tookMs) },
      }
    case 'replacement.failed':
      return {
        level: 'error',
        message: `${formatSlotId(event.slot)}: not replaced, the old worker stays: ${event.error.message}`,
        fields: { ...slotFields(event.slot), err: event.error },
      }
    case 'rollout.started':
      return {
        level: 'info',
        message: `${event.service}: rollout started (${event.reason})`,
        fields: { service: event.service, reason: event.reason },
      }
    case 'rollout.finished':
      return {
        level: 'info',
        message: `${event.service}: ${count(event.replaced, 'worker')} replaced in ${Math.round(event.tookMs)} ms`,
        fields: { service: event.service, replaced: event.replaced, tookMs: Math.round(event.tookMs) },
      }
    case 'rollout.failed':
      return {
        level: 'error',
        message: `${event.service}: rollout stopped after ${count(event.replaced, 'worker')}: ${event.error.message}`,
        fields: { service: event.service, replaced: event.replaced, err: event.error },
      }
  }
}

function describeDrain(event: EventOf<'drain.started' | 'drain.finished' | 'drain.timed-out'>): Described {
  const name = formatWorkerId(event.worker)
  const fields = workerFields(event.worker)
  switch (event.type) {
    case 'drain.started':
      return { level: 'debug', message: `${name}: draining`, fields }
    case 'drain.finished':
      return {
        level: 'debug',
        message: `${name}: drained in ${Math.round(event.tookMs)} ms`,
        fields: { ...fields, tookMs: Math.round(event.tookMs) },
      }
    case 'drain.timed-out':
      return {
        level: 'warn',
        message: `${name}: ${count(event.cut, 'request')} cut off at the drain deadline`,
        fields: { ...fields, cut: event.cut },
      }
  }
}

function describeCommand(event: EventOf<'command.received' | 'command.finished'>): Described {
  const what = event.target === null ? event.command : `${event.command} ${event.target}`
  const fields = { command: event.command, target: event.target }
  if (event.type === 'command.received') return { level: 'info', message: `command: ${what}`, fields }
  const message = event.ok ? `command done: ${what}` : `command failed: ${what}`
  return { level: event.ok ? 'info' : 'warn', message, fields: { ...fields, ok: event.ok } }
}

function workerFields(worker: WorkerId): Readonly<Record<string, unknown>> {
  return { ...slotFields(worker), generation: worker.generation }
}

function slotFields(slot: SlotId): Readonly<Record<string, unknown>> {
  return { service: slot.service, slot: slot.slot }
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}

const LISTED_FILES = 3

function listFiles(files: readonly string[]): string {
  const listed = files.slice(0, LISTED_FILES).join(', ')
  return files.length > LISTED_FILES ? `${listed} and ${files.length - LISTED_FILES} more` : listed
}
