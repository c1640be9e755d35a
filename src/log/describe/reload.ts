import type { EventOf } from '../../model/events.ts'
import { isEmptyPlan, type ReloadPlan } from '../../model/reload.ts'
import type { Described } from '../record.ts'

export function describeReload(event: EventOf<'reload.planned' | 'reload.applied' | 'reload.rejected'>): Described {
  switch (event.type) {
    case 'reload.planned': {
      const { plan, dryRun } = event
      const message = isEmptyPlan(plan) ? 'reload: nothing to do' : `reload planned: ${describePlan(plan)}`
      return { level: 'info', message, fields: { plan, dryRun } }
    }
    case 'reload.applied': {
      const { added, changed, removed } = event
      const tookMs = Math.round(event.tookMs)
      const message = `reloaded in ${tookMs} ms: ${added.length} added, ${changed.length} changed, ${removed.length} removed`
      return { level: 'info', message, fields: { added, changed, removed, tookMs } }
    }
    case 'reload.rejected': {
      const { error, problems } = event
      const message = [`reload rejected: ${error.message}`, ...problems].join('; ')
      return { level: 'error', message, fields: { err: error, problems } }
    }
  }
}

const SIGNS = { added: '+', changed: '~', removed: '-' } as const

/** `~ runtime + mailer ~ auth - legacy` */
function describePlan({ runtime, steps }: ReloadPlan): string {
  const own = runtime.length === 0 ? [] : ['~ runtime']
  return [...own, ...steps.map(({ kind, service }) => `${SIGNS[kind]} ${service}`)].join(' ')
}
