import type { IncomingMessage, ServerResponse } from 'node:http'
import { MeshrtError } from '../errors/meshrt-error.ts'
import { errorDocument } from '../errors/render.ts'
import { jsonLine } from './json-line.ts'
import { LIMITS, PROTOCOL_HEADER, PROTOCOL_VERSION, statusOf } from './protocol.ts'

/** A request that is wrong as HTTP, with the status that says so. */
export class HttpProblem extends MeshrtError {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super('MESHRT_USAGE', message)
    this.status = status
    this.headers = headers
  }
}

export function openReply(response: ServerResponse, { status = 200, type = 'application/json' } = {}): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' })
}

export function sendDocument(response: ServerResponse, value: unknown): void {
  openReply(response)
  response.end(jsonLine(value))
}

export function sendText(response: ServerResponse, { type, text }: { readonly type: string; readonly text: string }): void {
  openReply(response, { type })
  response.end(text)
}

/** As the whole answer, or, when that has begun, as its last line. */
export function sendError(response: ServerResponse, thrown: unknown): void {
  if (response.destroyed || response.writableEnded) return
  const document = errorDocument(thrown)
  if (!response.headersSent) {
    const problem = thrown instanceof HttpProblem ? thrown : null
    for (const [name, value] of Object.entries(problem?.headers ?? {})) response.setHeader(name, value)
    openReply(response, { status: problem?.status ?? statusOf(document.code) })
  }
  response.end(jsonLine(document))
}

/** While `work` goes on, the reader gets an empty line now and then: JSON allows space before a value. */
export async function sendWhenDone(response: ServerResponse, work: unknown): Promise<void> {
  const heartbeat = setInterval(() => {
    if (!response.headersSent) openReply(response)
    response.write('\n')
  }, LIMITS.heartbeatMs)
  heartbeat.unref()
  try {
    const value = await work
    if (response.headersSent) response.end(jsonLine(value))
    else sendDocument(response, value)
  } finally {
    clearInterval(heartbeat)
  }
}

/** Undefined when there is no body. @throws HttpProblem 400, 408, 413 */
export async function readJsonBody(request: IncomingMessage, limitMs: number = LIMITS.requestMs): Promise<unknown> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new HttpProblem(408, `Cannot read the request: its body did not come within ${limitMs} ms`, { connection: 'close' }))
  }, limitMs)
  const body = readBody(request)
  // Told to nobody when it is too late: hanging up ends it.
  body.catch(() => undefined)
  try {
    return parseBody(await Promise.race([body, late.promise]))
  } finally {
    clearTimeout(timer)
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const tooLarge = new HttpProblem(413, `Cannot read the request: its body is larger than ${LIMITS.bodyBytes} bytes`, {
    connection: 'close',
  })
  if (Number(request.headers['content-length'] ?? 0) > LIMITS.bodyBytes) throw tooLarge
  const pieces: Buffer[] = []
  let bytes = 0
  // Without destroyOnReturn the loop would cut the connection before its reader has been told why.
  for await (const piece of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += piece.length
    if (bytes > LIMITS.bodyBytes) throw tooLarge
    pieces.push(piece)
  }
  return Buffer.concat(pieces)
}

function parseBody(body: Buffer): unknown {
  if (body.length === 0) return undefined
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw new HttpProblem(400, 'Cannot read the request: its body is not JSON')
  }
}

export function assertSameProtocol(request: IncomingMessage): void {
  const version = request.headers[PROTOCOL_HEADER]
  if (version === undefined || version === String(PROTOCOL_VERSION)) return
  throw new MeshrtError(
    'MESHRT_PROTOCOL_MISMATCH',
    `Cannot serve the request: it speaks protocol ${String(version).slice(0, 20)}, this runtime ${PROTOCOL_VERSION}`,
  )
}
