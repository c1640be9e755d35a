import {
  Agent as HttpAgent,
  createServer,
  request as httpRequest,
  type ClientRequest,
  type IncomingMessage,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Agent as HttpsAgent } from 'node:https'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream'
import type { HttpPlace } from '../../model/routes.ts'
import { withoutHopByHop } from '../headers.ts'
import { Unanswered } from '../server/unanswered.ts'

/** How a connection fails that was never made: nothing has reached the other side. */
const NOT_CONNECTED = new Set(['ECONNREFUSED', 'ENOENT', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN'])

/**
 * A server, not listening, that sends each request on to an HTTP server elsewhere and its response back: what the mesh has in place of a
 * worker that speaks its own protocol. Headers, trailers and upgrades go through as they are, but for what belongs to one connection.
 */
export function createForwarder(place: HttpPlace): Server {
  const upstream = new Upstream(place)
  const server = createServer()
  server.on('request', (req: IncomingMessage, res: ServerResponse) => forward(upstream, req, res))
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => forwardUpgrade(upstream, { req, socket, head }))
  // A server of its own would end these; the tunnels that carry them have no idle connections.
  server.keepAliveTimeout = 0
  server.on('close', () => upstream.close())
  return server
}

/** How a kept connection fails that the other side has closed. */
const STALE = new Set(['ECONNRESET', 'EPIPE'])

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE'])

/** How long a connection is kept for the next request: shorter than most servers keep it, or one is sent just as the other side closes it. */
const KEPT = { keepAlive: true, timeout: 4_000 } as const

/** Not imported: few targets need it, and it takes its time in each thread. */
const https = () => process.getBuiltinModule('node:https')

/** Where requests go. */
class Upstream {
  readonly #base: URL
  readonly #ownHost: string | null
  readonly #agent: HttpAgent | HttpsAgent

  constructor({ url, keepsHost }: HttpPlace) {
    this.#base = new URL(url)
    this.#ownHost = keepsHost ? null : this.#base.host
    this.#agent = this.#base.protocol === 'https:' ? new (https().Agent)(KEPT) : new HttpAgent(KEPT)
  }

  /** @param headers flat. */
  request(req: IncomingMessage, headers: readonly string[]): ClientRequest {
    const { hostname, port, protocol, pathname } = this.#base
    const options: RequestOptions = {
      // An address of IPv6 is without its brackets here.
      hostname: hostname.replace(/^\[|\]$/g, ''),
      port,
      method: req.method ?? 'GET',
      path: pathname.replace(/\/$/, '') + (req.url ?? '/'),
      agent: this.#agent,
      setHost: false,
      headers: this.#withHost(headers),
    }
    return protocol === 'https:' ? https().request(options) : httpRequest(options)
  }

  close(): void {
    this.#agent.destroy()
  }

  #withHost(headers: readonly string[]): readonly string[] {
    if (this.#ownHost === null) return headers
    const others = headers.flatMap((text, i) => (i % 2 === 0 && text.toLowerCase() !== 'host' ? [text, headers[i + 1] ?? ''] : []))
    return ['host', this.#ownHost, ...others]
  }
}

function forward(upstream: Upstream, req: IncomingMessage, res: ServerResponse): void {
  const fail = (error: Error): void => void res.socket?.destroy(lost(error))
  const out = tryRequest(upstream, { req, headers: bodyHeaders(req), fail })
  if (out === null) return
  const isBodyless = req.headers['transfer-encoding'] === undefined && req.headers['content-length'] === undefined
  let isAnswered = false
  out.on('error', (error) => {
    // The server has closed the connection just as it was used again: it has one more chance with what does no harm when done twice.
    const isStale = out.reusedSocket && !isAnswered && STALE.has((error as NodeJS.ErrnoException).code ?? '')
    if (isStale && isBodyless && SAFE.has(out.method) && !res.destroyed) forward(upstream, req, res)
    else fail(error)
  })
  out.on('response', (answer) => {
    isAnswered = true
    res.sendDate = false
    try {
      res.writeHead(answer.statusCode ?? 502, answer.statusMessage ?? '', [...withoutHopByHop(answer.rawHeaders)])
    } catch (error) {
      // A parser lets more pass than a server may say: a status of 099, say.
      out.destroy()
      fail(error as Error)
      return
    }
    answer.on('error', fail)
    answer.on('end', () => {
      if (answer.rawTrailers.length > 0) res.addTrailers(pairs(answer.rawTrailers))
      res.end()
    })
    answer.pipe(res, { end: false })
    res.flushHeaders()
  })
  req.on('error', () => out.destroy())
  // The caller has gone, or has had enough.
  res.on('close', () => {
    if (!res.writableFinished) out.destroy()
  })
  if (isBodyless) out.end()
  else whenConnected(out, () => req.pipe(out))
}

/** Not before: of a body that nobody has begun to read, the whole request can go elsewhere when nobody listens here. */
function whenConnected(out: ClientRequest, begin: () => void): void {
  out.once('socket', (socket) => {
    if (socket.connecting) socket.once('connect', begin)
    else begin()
  })
}

interface Order {
  readonly req: IncomingMessage
  readonly headers: readonly string[]
  readonly fail: (error: Error) => void
}

/** Null when it cannot be sent as it is, which is the failure of this request and of nothing else. */
function tryRequest(upstream: Upstream, { req, headers, fail }: Order): ClientRequest | null {
  try {
    return upstream.request(req, headers)
  } catch (error) {
    fail(error as Error)
    return null
  }
}

/** How the body is framed is for the next connection to say again. */
function bodyHeaders(req: IncomingMessage): readonly string[] {
  const headers = withoutHopByHop(req.rawHeaders)
  return req.headers['transfer-encoding'] === undefined ? headers : [...headers, 'transfer-encoding', 'chunked']
}

interface Upgrade {
  readonly req: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
}

function forwardUpgrade(upstream: Upstream, { req, socket, head }: Upgrade): void {
  const fail = (error: Error): void => void socket.destroy(lost(error))
  const out = tryRequest(upstream, { req, headers: req.rawHeaders, fail })
  if (out === null) return
  socket.on('error', () => out.destroy())
  socket.on('close', () => out.destroy())
  out.on('error', fail)
  out.on('upgrade', (answer, other, rest) => {
    socket.write(headOf(answer))
    socket.write(rest)
    other.write(head)
    other.on('error', fail)
    // Both end when either does.
    pipeline(socket, other, () => other.destroy())
    pipeline(other, socket, () => socket.destroy())
  })
  // It stays with HTTP.
  out.on('response', (answer) => {
    socket.write(headOf(answer, ['connection', 'close']))
    pipeline(answer, socket, () => socket.destroy())
  })
  out.end()
}

function headOf(answer: IncomingMessage, more: readonly string[] = []): string {
  const kept = more.length > 0 ? withoutHopByHop(answer.rawHeaders) : answer.rawHeaders
  const lines = [...pairs(kept), ...pairs(more)].map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}`, ...lines, '', ''].join('\r\n')
}

function pairs(flat: readonly string[]): [string, string][] {
  const result: [string, string][] = []
  for (let i = 0; i + 1 < flat.length; i += 2) result.push([flat[i] ?? '', flat[i + 1] ?? ''])
  return result
}

/** What the caller of the mesh is told. */
function lost(error: Error): Unanswered {
  const { code, syscall } = error as NodeJS.ErrnoException
  // The same codes can end a connection that there was. Several addresses that all fail are one error without a call.
  const whileConnecting = syscall === 'connect' || syscall === 'getaddrinfo' || error instanceof AggregateError
  return whileConnecting && code !== undefined && NOT_CONNECTED.has(code)
    ? new Unanswered('MESHRT_MESH_UNREACHABLE', `Cannot reach the server: ${error.message}`, { cause: error })
    : new Unanswered('MESHRT_MESH_TARGET_LOST', `Cannot complete the request: ${error.message}`, { cause: error })
}
