import type { EventOf } from '../../model/events.ts'
import type { Described } from '../record.ts'
import { count } from './words.ts'

type ScalingFacts = EventOf<'scaling.started' | 'pool.scaled' | 'scaling.failed' | 'scaling.limited'>

export function describeScaling(event: ScalingFacts): Described {
  const { service } = event
  switch (event.type) {
    case 'scaling.started':
    case 'pool.scaled': {
      const { from, to, reason } = event
      const what = event.type === 'pool.scaled' ? 'scaled' : 'scaling'
      return { level: 'info', message: `${service}: ${what} from ${from} to ${to} (${reason})`, fields: { service, from, to, reason } }
    }
    case 'scaling.failed':
      return {
        level: 'error',
        message: `${service}: ${count(event.workers, 'worker')} instead of ${event.asked}: ${event.error.message}`,
        fields: { service, workers: event.workers, asked: event.asked, err: event.error },
      }
    case 'scaling.limited':
      return {
        level: 'warn',
        message: `${service}: ${count(event.workers, 'worker')}, though the load asks for ${event.asked}: ${event.reason}`,
        fields: { service, workers: event.workers, asked: event.asked, reason: event.reason },
      }
  }
}
