import * as undici7 from 'undici'
import * as undici6 from 'undici6'
import * as undici8 from 'undici8'
import { axiosClient } from './axios.ts'
import { browserSocketClient } from './browser-socket.ts'
import type { Client } from './client.ts'
import { eventSourceClient } from './event-source.ts'
import { fetchClient } from './fetch.ts'
import { gotClient } from './got.ts'
import { nodeHttp } from './node-http.ts'
import { superagentClient } from './superagent.ts'
import { undiciClients, type Undici } from './undici.ts'
import { wsClient } from './ws.ts'

/** The rows of the table. Looks at the globals: to be called once they are what they are going to be. */
export function allClients(): readonly Client[] {
  return [
    // Looked up at every call, as programs do. The fetch of npm undici takes the forms of npm undici only.
    fetchClient((...args) => globalThis.fetch(...args), 'global fetch', ['global FormData']),
    // Behind a flag so far (--experimental-eventsource).
    eventSourceClient(globalThis.EventSource, 'global EventSource'),
    browserSocketClient(globalThis.WebSocket, 'global WebSocket', process.versions['undici']?.startsWith('6.') ? 'error' : 'close'),
    ...undiciClients(undici6 as unknown as Undici, 6),
    ...undiciClients(undici7, 7),
    ...undiciClients(undici8 as unknown as Undici, 8),
    nodeHttp,
    axiosClient,
    gotClient,
    superagentClient,
    wsClient,
  ]
}
