import type * as undici from 'undici'
import { browserSocketClient } from './browser-socket.ts'
import type { Client } from './client.ts'
import { eventSourceClient } from './event-source.ts'
import { fetchClient } from './fetch.ts'
import { undiciPipeline } from './undici-pipeline.ts'
import { undiciRequest } from './undici-request.ts'
import { undiciStream } from './undici-stream.ts'

/** What all major versions have in common, with the types of one of them. */
export type Undici = typeof undici

/** Everything with which npm undici can send a request. `version` is its major one. */
export function undiciClients(undici: Undici, version: number): readonly Client[] {
  const name = (api: string) => `undici ${version} ${api}`
  return [
    undiciRequest(undici, name('request')),
    undiciStream(undici, name('stream')),
    undiciPipeline(undici, name('pipeline')),
    fetchClient(undici.fetch as never, name('fetch')),
    eventSourceClient(undici.EventSource, name('EventSource')),
    browserSocketClient(undici.WebSocket as never, name('WebSocket'), version === 6 ? 'error' : 'close'),
  ]
}
