import { describeCut } from '../../model/cut.ts'
import type { EventOf } from '../../model/events.ts'
import { describeExit } from '../../model/exit.ts'
import { formatWorkerId } from '../../model/ids.ts'
import { describeVerdict } from '../../model/verdict.ts'
import type { Described } from '../record.ts'
import { workerFields } from './words.ts'

type WorkerFacts = EventOf<
  | 'worker.launched'
  | 'worker.ready'
  | 'worker.exited'
  | 'worker.abandoned'
  | 'worker.warned'
  | 'output.dropped'
  | 'health.changed'
  | 'worker.suspected'
>

export function describeWorker(event: WorkerFacts): Described {
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
    case 'worker.suspected': {
      const { measure, limit, value, ejected } = event
      const consequence = ejected ? 'gets no requests for now' : 'stays in rotation, as too few others are left'
      return {
        level: 'warn',
        message: `${name}: suspected (${measure}), ${consequence}`,
        fields: { ...fields, measure, limit, value, ejected },
      }
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

export function describeDrain(event: EventOf<'drain.started' | 'drain.finished' | 'drain.timed-out'>): Described {
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
        message: `${name}: ${describeCut(event.cut)} cut off at the drain deadline`,
        fields: { ...fields, cut: event.cut },
      }
  }
}
