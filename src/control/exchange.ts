import { request, type IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { isErrno, MeshrtError } from '../errors/meshrt-error.ts'
import { fromErrorDocument, isErrorDocument, PROTOCOL_HEADER, PROTOCOL_VERSION } from './protocol.ts'

export interface Exchange {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  /** The runtime is given up when nothing arrives for so long; a busy one sends empty lines. */
  readonly silenceMs: number
  readonly signal?: AbortSignal
}

const MAX_DOCUMENT_BYTES = 64 * 1024 * 1024

/**
 * One request, one JSON document.
 * @throws the runtime's own error, or MESHRT_NO_RUNTIME, MESHRT_NOT_ANSWERING, MESHRT_PROTOCOL_MISMATCH
 */
export async function requestDocument(socket: string, exchange: Exchange): Promise<unknown> {
  let text = ''
  await requestText(socket, {
    ...exchange,
    onText: (piece) => {
      text += piece
      if (text.length > MAX_DOCUMENT_BYTES) throw notAnswering(socket, 'its answer has no end')
    },
  })
  const document = parseJson(socket, text)
  if (isErrorDocument(document)) throw fromErrorDocument(document)
  return document
}

/**
 * One request, a JSON value per line; empty lines are the runtime's sign of life. Resolves at the end of the stream.
 * @throws as `requestDocument`; the runtime's own error is the last line then
 */
export async function requestLines(socket: string, exchange: Exchange & { onLine: (value: unknown) => void }): Promise<void> {
  let carry = ''
  let failure: MeshrtError | null = null
  const take = (line: string): void => {
    if (line.trim() === '') return
    const value = parseJson(socket, line)
    if (isErrorDocument(value)) failure = fromErrorDocument(value)
    else exchange.onLine(value)
  }
  await requestText(socket, {
    ...exchange,
    onText: (piece) => {
      const lines = (carry + piece).split('\n')
      carry = lines.pop() ?? ''
      lines.forEach(take)
    },
  })
  take(carry)
  if (failure !== null) throw failure
}

type TextExchange = Exchange & { readonly onText: (piece: string) => void }

function requestText(path: string, exchange: TextExchange): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const body = exchange.body === undefined ? null : JSON.stringify(exchange.body)
  const outgoing = request({
    method: exchange.method,
    path: exchange.path,
    // An agent would ask whether the host is an IPv6 address, and Node's expression for that takes 9 ms to compile.
    // The timeout is one of silence: it starts anew with every byte.
    createConnection: () => connect({ path, timeout: exchange.silenceMs }),
    timeout: exchange.silenceMs,
    headers: {
      host: 'meshrt',
      [PROTOCOL_HEADER]: String(PROTOCOL_VERSION),
      ...(body === null ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
    },
    ...(exchange.signal ? { signal: exchange.signal } : {}),
  })
  outgoing.once('timeout', () => outgoing.destroy(notAnswering(path, `nothing came for ${exchange.silenceMs} ms`)))
  outgoing.once('error', (error) => reject(translate(path, error)))
  outgoing.once('response', (response) => {
    readResponse(path, { response, exchange }).then(resolve, (error: unknown) => {
      outgoing.destroy()
      reject(translate(path, error))
    })
  })
  outgoing.end(body ?? undefined)
  return promise
}

async function readResponse(path: string, { response, exchange }: { response: IncomingMessage; exchange: TextExchange }): Promise<void> {
  response.setEncoding('utf8')
  assertProtocolOf(response, path)
  for await (const piece of response) exchange.onText(String(piece))
}

/** @throws MESHRT_PROTOCOL_MISMATCH */
export function assertProtocolOf({ headers }: IncomingMessage, path: string): void {
  const version = headers[PROTOCOL_HEADER]
  if (version === String(PROTOCOL_VERSION)) return
  throw new MeshrtError(
    'MESHRT_PROTOCOL_MISMATCH',
    `Cannot talk to the runtime at ${path}: it speaks protocol ${String(version ?? 'none')}, this command ${PROTOCOL_VERSION}`,
  )
}

/** The error that the runtime has answered with. */
export async function readError(response: IncomingMessage, path: string): Promise<MeshrtError> {
  const document = parseJson(path, await text(response))
  return isErrorDocument(document) ? fromErrorDocument(document) : notAnswering(path, 'its answer is not what was asked for')
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new MeshrtError('MESHRT_NOT_ANSWERING', `Cannot understand the runtime at ${path}: its answer is not JSON`, { cause: error })
  }
}

export function translate(path: string, error: unknown): unknown {
  if (isErrno(error, 'ENOENT', 'ECONNREFUSED')) {
    return new MeshrtError('MESHRT_NO_RUNTIME', `Cannot reach a runtime at ${path}: nobody listens there`, { cause: error })
  }
  const broken = isErrno(error, 'ECONNRESET', 'EPIPE', 'EAGAIN', 'ECONNABORTED', 'ERR_STREAM_PREMATURE_CLOSE')
  // HPE_…: whoever listens there does not speak HTTP.
  if (broken || (error instanceof Error && 'code' in error && String(error.code).startsWith('HPE_'))) {
    return new MeshrtError('MESHRT_NOT_ANSWERING', `Cannot talk to the runtime at ${path}: the connection broke`, { cause: error })
  }
  return error
}

function notAnswering(path: string, state: string): MeshrtError {
  return new MeshrtError('MESHRT_NOT_ANSWERING', `Cannot talk to the runtime at ${path}: ${state}`)
}
