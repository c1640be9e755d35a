import type { SlotEvent, StartStage } from './slot.ts'

/** How far a starting worker has come, for a slot that starts and for one that replaces. Returns the same stage when nothing changed. */
export function advanceStart(stage: StartStage, event: StartEvent, { settles }: { readonly settles: boolean }): StartStage {
  if (stage.kind === 'failing') return stage
  switch (event.type) {
    case 'loaded':
      if (stage.kind !== 'loading') return stage
      return { kind: settles ? 'settling' : 'routing', url: event.url }
    case 'load-failed':
      return { kind: 'failing', exit: { kind: 'crashed', code: 1, error: event.error } }
    case 'kill':
      return { kind: 'failing', exit: { kind: 'killed', reason: event.reason } }
    case 'timer':
      return stage.kind === 'settling' ? settled(stage) : { kind: 'failing', exit: { kind: 'killed', reason: 'start-timeout' } }
  }
}

type StartEvent = Extract<SlotEvent, { type: 'loaded' | 'load-failed' | 'kill' | 'timer' }>

/** The worker has lived long enough, or there is nobody else any more: requests may come. */
export function settled({ url }: Extract<StartStage, { kind: 'settling' }>): StartStage {
  return { kind: 'routing', url }
}
