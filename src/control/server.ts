import { chmodSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { isErrno, MeshrtError } from '../errors/meshrt-error.ts'
import { errorDocument } from '../errors/render.ts'
import { refuseBrowsers } from './browser-guard.ts'
import { assertSameProtocol, HttpProblem, sendError } from './http-reply.ts'
import { jsonLine } from './json-line.ts'
import type { ControlPort } from './port.ts'
import { LIMITS, PROTOCOL_HEADER, PROTOCOL_VERSION, type HealthDocument } from './protocol.ts'
import { verifySocket } from './private-dir.ts'

export interface ControlServerFacts {
  readonly socket: string
  readonly startedAt: number
}

const PORT_DEADLINE_MS = 5000

/** HTTP on the control socket. Health is answered from the first moment, the rest as soon as there is a runtime to ask. */
export class ControlServer {
  readonly #facts: ControlServerFacts
  readonly #server: Server
  readonly #port = Promise.withResolvers<ControlPort>()
  readonly #closing = new AbortController()
  /** The last one on each connection. */
  readonly #responses = new WeakMap<Socket, ServerResponse>()
  #served: ControlPort | null = null

  constructor(facts: ControlServerFacts) {
    this.#facts = facts
    // Nobody may ever ask before the server closes; that rejection is then nobody's.
    this.#port.promise.catch(() => {})
    this.#server = createServer({
      headersTimeout: LIMITS.headersMs,
      // What is sent on to a service may take its time; bodies that are for the runtime have a limit where they are read.
      requestTimeout: 0,
      keepAliveTimeout: LIMITS.headersMs,
      connectionsCheckingInterval: 1000,
      // Node would refuse it without a document.
      requireHostHeader: false,
    })
    this.#server.maxConnections = LIMITS.connections
    this.#server.on('request', (request, response) => void this.#answer(request, response))
    this.#server.on('checkExpectation', (request, response) => void this.#answer(request, response))
    this.#server.on('clientError', (error: Error, socket: Socket) => refuse(error, { socket, response: this.#responses.get(socket) }))
  }

  /** Binds the socket, readable and writable for its owner only from the moment it exists. */
  async listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#server.once('error', reject)
    // bind() happens within listen(), so the mask is right for it and for nothing else.
    const umask = process.umask(0o077)
    try {
      this.#server.listen({ path: this.#facts.socket }, resolve)
    } finally {
      process.umask(umask)
    }
    try {
      await promise
    } catch (error) {
      if (!isErrno(error, 'EADDRINUSE')) throw error
      throw new MeshrtError('MESHRT_ALREADY_RUNNING', `Cannot bind ${this.#facts.socket}: somebody else has just done so`, { cause: error })
    }
    chmodSync(this.#facts.socket, 0o600)
    verifySocket(this.#facts.socket)
  }

  serve(port: ControlPort): void {
    this.#served = port
    this.#port.resolve(port)
  }

  /** Stops listening, ends the streams, gives their readers a moment to take the rest. */
  async close(): Promise<void> {
    this.#port.reject(new MeshrtError('MESHRT_STOPPING', 'Cannot answer: the runtime is stopping'))
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#server.close(() => resolve())
    const timer = setTimeout(() => this.#server.closeAllConnections(), LIMITS.closeMs)
    this.#closing.abort()
    this.#server.closeIdleConnections()
    await promise
    clearTimeout(timer)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#responses.set(request.socket, response)
    response.on('error', () => response.destroy())
    response.setHeader(PROTOCOL_HEADER, String(PROTOCOL_VERSION))
    try {
      refuseBrowsers(request)
      refuseExpectation(request)
      assertSameProtocol(request)
      // Its routes and their schemas take a while to load, and a runtime that starts has other things to do.
      const { respond } = await import('./respond.ts')
      await respond({
        request,
        response,
        facts: () => ({ health: this.#health() }),
        whenServed: () => this.#whenServed(),
        closing: this.#closing.signal,
      })
    } catch (error) {
      sendError(response, error)
    }
  }

  #health(): HealthDocument {
    const state = this.#served?.view().runtime.state ?? 'starting'
    return { schema: 'meshrt.health/v1', pid: process.pid, startedAt: this.#facts.startedAt, state, ready: state === 'running' }
  }

  async #whenServed(): Promise<ControlPort> {
    if (this.#served) return this.#served
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(
      () => late.reject(new MeshrtError('MESHRT_NOT_ANSWERING', 'Cannot answer yet: the runtime is still being set up')),
      PORT_DEADLINE_MS,
    )
    try {
      return await Promise.race([this.#port.promise, late.promise])
    } finally {
      clearTimeout(timer)
    }
  }
}

/** @throws HttpProblem 417 for what nobody has defined but `100-continue`, which Node answers */
function refuseExpectation({ headers }: IncomingMessage): void {
  const { expect } = headers
  if (expect === undefined || /^100-continue$/i.test(expect)) return
  throw new HttpProblem(
    417,
    `Cannot serve the request: it expects ${JSON.stringify(expect.slice(0, 100))}, and only 100-continue can be met`,
  )
}

/** What is not even HTTP, or does not come: answered if that is still possible, and hung up. */
function refuse(error: Error, { socket, response }: { readonly socket: Socket; readonly response: ServerResponse | undefined }): void {
  const isInAnswer = response?.headersSent === true && !response.writableFinished
  if (!socket.writable || isInAnswer) return void socket.destroy()
  const { status, why } = refusalOf(error)
  const body = jsonLine(errorDocument(new HttpProblem(Number.parseInt(status, 10), `Cannot read the request: ${why}`)))
  socket.end(
    `HTTP/1.1 ${status}\r\n${PROTOCOL_HEADER}: ${PROTOCOL_VERSION}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
  )
}

function refusalOf(error: Error): { readonly status: string; readonly why: string } {
  if (isErrno(error, 'HPE_HEADER_OVERFLOW')) return { status: '431 Request Header Fields Too Large', why: 'its head is too large' }
  if (isErrno(error, 'ERR_HTTP_REQUEST_TIMEOUT')) return { status: '408 Request Timeout', why: 'its head did not come in time' }
  return { status: '400 Bad Request', why: 'it is not valid HTTP' }
}
