import type { EventOf } from '../../model/events.ts'
import type { Described } from '../record.ts'
import { count } from './words.ts'

type ServiceFacts = EventOf<
  | 'service.started'
  | 'service.limited'
  | 'service.degraded'
  | 'service.recovered'
  | 'service.completed'
  | 'service.failed'
  | 'service.stopped'
>

export function describeService(event: ServiceFacts): Described {
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
    case 'service.completed':
      return {
        level: 'info',
        message: `${service}: completed after ${Math.round(event.tookMs)} ms`,
        fields: { service, tookMs: Math.round(event.tookMs) },
      }
    case 'service.failed':
      return { level: 'error', message: `${service}: failed: ${event.error.message}`, fields: { service, err: event.error } }
    case 'service.stopped':
      return { level: 'info', message: `${service}: stopped`, fields: { service } }
  }
}
