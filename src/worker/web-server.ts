import type { Server as HttpServer } from 'node:http'
import { Server as NetServer } from 'node:net'

/**
 * Node's http without `import`: that reads all of its exports, of which one (`WebSocket`) loads undici and http2, several times the
 * cost of http itself, in every worker.
 */
export const http = process.getBuiltinModule('node:http')

/** Also stands for https and http2 servers: all of them emit `request`, which is what the mesh needs. */
export type WebServer = HttpServer

/** A server of http, https or http2; the latter two are only looked at (and loaded) for servers that are not plain http. */
export function isWebServer(value: unknown): value is WebServer {
  if (value instanceof http.Server) return true
  if (!(value instanceof NetServer)) return false
  if (value instanceof process.getBuiltinModule('node:https').Server) return true
  // http2 does not export its classes; both of them have this method, and no net or tls server has.
  return 'updateSettings' in value
}

/** Fields of a server that its types do not show, the same on every Node version that meshrt supports. */
export interface ServerInternals {
  _handle: object | null
  _pipeName?: string
  _connections: number
  readonly allowHalfOpen: boolean
  readonly noDelay: boolean
  readonly keepAlive: boolean
  readonly keepAliveInitialDelay: number
  readonly highWaterMark: number
}

export function internalsOf(server: NetServer): ServerInternals {
  return server as unknown as ServerInternals
}
