import type { EventClient } from './client.ts'
import type { Seen } from '../seen.ts'

interface EventSourceLike extends EventTarget {
  readonly readyState: number
  close(): void
}

/** Node's own, or that of an undici. */
export function eventSourceClient(EventSource: new (url: string) => EventSourceLike, name: string): EventClient {
  return {
    kind: 'events',
    name,
    async listen({ url, messages }) {
      const events: string[] = []
      const source = new EventSource(url)
      const { promise, resolve } = Promise.withResolvers<void>()
      let heard = 0
      const hear = (event: Event) => {
        const { type, data, lastEventId } = event as Event & { readonly data: string; readonly lastEventId: string }
        events.push(`${type} ${lastEventId}: ${data}`)
        if (++heard === messages) resolve()
      }
      source.addEventListener('open', () => events.push('open'))
      source.addEventListener('message', hear)
      source.addEventListener('tick', hear)
      source.addEventListener('error', () => {
        events.push(`error, state ${source.readyState}`)
        resolve()
      })
      await promise
      source.close()
      return { events } satisfies Seen
    },
  }
}
