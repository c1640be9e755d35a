/**
 * Clients that cannot reach the mesh so far: they are played over TCP only. A client leaves this list in the change that lets
 * it in, and then has to pass.
 */
export const NOT_YET: ReadonlySet<string> = new Set([
  'node:http',
  'axios',
  'got',
  'superagent',
  'ws',
  'global WebSocket',
  'undici 6 WebSocket',
  'undici 7 WebSocket',
  'undici 8 WebSocket',
])
