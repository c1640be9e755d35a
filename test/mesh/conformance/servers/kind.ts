import type { Server } from 'node:http'

/** One way to write an HTTP server for Node. */
export interface ServerKind {
  readonly name: string
  /** What it offers of the application that all kinds share. */
  readonly routes: ReadonlySet<Route>
  create(note: Note): Promise<HostedServer>
}

interface HostedServer {
  readonly server: Server
  listen(place: { readonly host: string; readonly port: number }): Promise<void>
}

/** Tells the test what a handler has come to. */
export type Note = (id: string, line: string) => void

/** The routes of the shared application, by the first part of the path. */
export type Route = BasicRoute | NodeRoute | MiddlewareRoute | 'throw' | 'ws'

/** What every kind can express. */
type BasicRoute =
  | 'json'
  | 'headers'
  | 'path'
  | 'echo'
  | 'pipe'
  | 'empty'
  | 'not-modified'
  | 'repeated'
  | 'big'
  | 'stream'
  | 'sse'
  | 'redirect'
  | 'redirect-kept'
  | 'early'
  | 'latin1'
  | 'large-header'
  | 'hold'
  | 'half'
  | 'break'
  | 'missing'

/** What takes Node's own `req` and `res`. */
type NodeRoute = 'trailers' | 'reason' | 'destroy' | 'close' | 'early-hints' | 'request-trailers' | 'flush' | 'release'

type MiddlewareRoute = 'gzip' | 'session' | 'etag' | 'logged' | 'file'

export const BASIC_ROUTES: readonly BasicRoute[] = [
  'json',
  'headers',
  'path',
  'echo',
  'pipe',
  'empty',
  'not-modified',
  'repeated',
  'big',
  'stream',
  'sse',
  'redirect',
  'redirect-kept',
  'early',
  'latin1',
  'large-header',
  'hold',
  'half',
  'break',
  'missing',
]

export const NODE_ROUTES: readonly NodeRoute[] = [
  'trailers',
  'reason',
  'destroy',
  'close',
  'early-hints',
  'request-trailers',
  'flush',
  'release',
]
