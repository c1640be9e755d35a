import net, { type AddressInfo } from 'node:net'
import { MeshrtError } from '../errors/meshrt-error.ts'
import type { ListenMode } from '../model/spec.ts'
import { checkConnectionsOnceThereAre } from './connection-checks.ts'
import { parseListenArguments, type ListenRequest } from './listen-arguments.ts'
import { internalsOf, isWebServer, type WebServer } from './web-server.ts'

/** The one server of a service, found by its `listen()`, which opens nothing. */
export interface ListenCapture {
  /** The first server that listened, or the designated one once it has. */
  readonly server: WebServer | null
  /** Whether this server has really opened the port that it asked for. */
  hasPort(server: WebServer): boolean
  /** Resolves when there is a `server`. */
  whenCaptured(): Promise<WebServer>
  /** This is the service's server, whoever listened before. */
  designate(server: WebServer): void
}

/** For a service that has no server to be hosted. */
export const NO_CAPTURE: ListenCapture = {
  server: null,
  hasPort: () => false,
  whenCaptured: () => new Promise(() => {}),
  designate: () => {},
}

export interface CaptureOptions {
  readonly mode: ListenMode
  /** What `address()` answers; null = what the service asked for. */
  readonly address: AddressInfo | null
  readonly warn: (message: string) => void
  /** The service has closed a captured server. */
  readonly closed: (server: WebServer) => void
}

type Listen = (this: net.Server, ...args: unknown[]) => net.Server

/**
 * Patches `listen` for http, https and http2 servers; to be called before any user code. The first server gets a stand-in for its
 * handle: it believes that it listens, and `listening`, `address()`, `close()` and `getConnections()` keep Node's own logic.
 * Connections reach it as `connection` events (`Entrance`), mesh requests as `request` events.
 */
export function captureListen(options: CaptureOptions): ListenCapture {
  const state: { server: WebServer | null; designated: WebServer | null; port: number } = { server: null, designated: null, port: 0 }
  const captured = Promise.withResolvers<WebServer>()
  const opened = new WeakSet<WebServer>()
  // The patch has to call it with any server as `this`.
  // oxlint-disable-next-line typescript/unbound-method
  const original = net.Server.prototype.listen as Listen

  const listen: Listen = function (...args) {
    // A stand-in or a real handle: Node's own error says that it already listens.
    if (!isWebServer(this) || internalsOf(this)._handle) return original.apply(this, args)
    const request = parseListenArguments(args)
    // What the service exports has no port of its own to ask for: it is listened on from here.
    if (options.mode === 'passthrough' && this !== state.designated) {
      opened.add(this)
      this.once('listening', () => {
        if (state.server !== null) return
        state.server = this
        captured.resolve(this)
      })
      return original.apply(this, args)
    }
    const isOurs = this === state.designated || this === state.server || (state.server ?? state.designated) === null
    if (isOurs) {
      const address = options.address ?? askedAddress(request)
      state.server = this
      state.port = address.port
      standIn(this, { address, request, closed: options.closed })
      captured.resolve(this)
      return this
    }
    const taken = [state.port, options.address?.port ?? 0]
    if (request.port !== 0 && taken.includes(request.port)) return refuse(this, request)
    options.warn(`Another server of the service listens by itself on ${describeAsked(request)}: only the first one is hosted`)
    return original.apply(this, args)
  }
  Object.assign(net.Server.prototype, { listen })

  return {
    get server() {
      return state.server
    },
    hasPort: (server) => opened.has(server),
    whenCaptured: () => captured.promise,
    designate(server) {
      state.designated = server
      if (state.server === null || state.server === server || opened.has(state.server)) return
      options.warn(`A server that listened while the service loaded (port ${state.port}) is not hosted: the exported one is`)
      state.server = null
    },
  }
}

/** Makes the server believe that it listens. `close()` drops the stand-in like a real handle. */
function standIn(
  server: WebServer,
  { address, request, closed }: { address: AddressInfo; request: ListenRequest; closed: CaptureOptions['closed'] },
): void {
  const internals = internalsOf(server)
  checkConnectionsOnceThereAre(server)
  const common = { close: () => closed(server), ref: () => {}, unref: () => {}, getAsyncId: () => 0 }
  if (request.path === null) {
    internals._handle = { ...common, getsockname: (out: object) => (Object.assign(out, address), 0) }
  } else {
    internals._handle = common
    internals._pipeName = request.path
  }
  if (request.callback) server.once('listening', request.callback)
  request.signal?.addEventListener('abort', () => server.close(), { once: true })
  process.nextTick(() => {
    if (internals._handle) server.emit('listening')
  })
}

/** Fails the way a port in use does, so that frameworks treat it as such. */
function refuse(server: net.Server, request: ListenRequest): net.Server {
  const error = new MeshrtError(
    'MESHRT_SECOND_LISTENER',
    `Cannot listen on ${describeAsked(request)}: the service's first server has that port`,
  )
  process.nextTick(() => server.emit('error', error))
  return server
}

/** A captured server has no address of its own: what was asked for, with a port that is never 0 because some code tests for it. */
function askedAddress(request: ListenRequest): AddressInfo {
  const host = request.host === 'localhost' ? '127.0.0.1' : (request.host ?? '::')
  return { address: host, family: net.isIPv6(host) ? 'IPv6' : 'IPv4', port: request.port === 0 ? 80 : request.port }
}

function describeAsked({ path, host, port }: ListenRequest): string {
  if (path !== null) return path
  return host === null ? `port ${port}` : `${host}:${port}`
}
