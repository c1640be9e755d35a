import type { WebServer } from './web-server.ts'

/** What Node has a server do when it listens; its name, as it is not exported. */
const NODES_OWN = 'setupConnectionsTracking'

type Begin = (this: WebServer) => void

const begins = new WeakMap<WebServer, Begin>()

/**
 * Node looks for connections that exceed their time every 30 seconds, for as long as a server listens. That wakes the thread of a service without any: of a
 * hundred idle workers 1 % of a core. Here it begins with the first connection. To be called each time before the server emits `listening`.
 */
export function checkConnectionsOnceThereAre(server: WebServer): void {
  const begin = begins.get(server) ?? (server.listeners('listening').find(({ name }) => name === NODES_OWN) as Begin | undefined)
  if (begin === undefined) return
  begins.set(server, begin)
  server.off('listening', begin)
  // Before Node's own listener, which enters the connection in the list of those that are looked at.
  server.prependOnceListener('connection', begin)
}
