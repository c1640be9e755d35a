import { request, type ClientRequest, type IncomingMessage } from 'node:http'
import { finished, type Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isErrno, MeshrtError } from '../errors/meshrt-error.ts'
import type { ServiceId } from '../model/ids.ts'
import { assertProtocolOf, readError, translate } from './exchange.ts'
import { OF_THE_CONNECTION, PROTOCOL_HEADER, PROTOCOL_VERSION, SERVICE_HEADER } from './protocol.ts'

/** A request to a service, through the control socket and the mesh. */
export interface ServiceRequest {
  readonly service: ServiceId
  readonly method: string
  /** With its query. */
  readonly path: string
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: ServiceBody | null
  readonly signal: AbortSignal
}

/** A stream is closed in any case. */
export type ServiceBody = string | { readonly stream: Readable; readonly lengthBytes: number | null }

/**
 * The answer of the service, whatever its status; its body streams.
 * @throws the runtime's own error, or MESHRT_NO_RUNTIME, MESHRT_NOT_ANSWERING
 */
export async function requestService(socket: string, asked: ServiceRequest): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const headers = asked.headers.flatMap(([name, value]) => [name, value])
  const outgoing = request({
    socketPath: socket,
    method: asked.method,
    path: `/v1/services/${asked.service}/request${asked.path}`,
    agent: false,
    // Asked to close the connection, the runtime would do so after an answer that comes before the whole body has been sent, and sending on would fail.
    headers: ['host', 'meshrt', 'connection', 'keep-alive', PROTOCOL_HEADER, String(PROTOCOL_VERSION), ...lengthOf(asked.body), ...headers],
    signal: asked.signal,
  })
  outgoing.on('error', (error) => reject(translate(socket, error)))
  outgoing.once('response', (response) => {
    // What was not sent by then is of no use to anybody.
    finished(response, () => outgoing.destroy())
    resolve(response)
  })
  send(outgoing, asked.body)
  const response = await promise
  assertProtocolOf(response, socket)
  if (response.headers[SERVICE_HEADER] === undefined) throw await readError(response, socket)
  return response
}

/**
 * The body of an answer, piece by piece.
 * @throws MESHRT_MESH_ABORTED when it ends before it is complete: the status was told by then, so there can be no other answer in its place
 */
export async function* readPieces(answer: IncomingMessage, service: ServiceId): AsyncGenerator<Buffer, void> {
  let bytes = 0
  try {
    for await (const piece of answer as AsyncIterable<Buffer>) {
      bytes += piece.length
      yield piece
    }
  } catch (error) {
    if (!isErrno(error, 'ECONNRESET', 'ERR_STREAM_PREMATURE_CLOSE')) throw error
    throw new MeshrtError('MESHRT_MESH_ABORTED', `Cannot get the whole answer of "${service}": it broke off after ${bytes} bytes`, {
      cause: error,
    })
  }
}

/** The headers that the service has sent, without those of the control socket. */
export function serviceHeaders({ rawHeaders }: IncomingMessage): readonly (readonly [name: string, value: string])[] {
  const pairs = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ''] as const] : []))
  return pairs.filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()))
}

function lengthOf(body: ServiceRequest['body']): readonly string[] {
  if (body === null) return []
  const lengthBytes = typeof body === 'string' ? Buffer.byteLength(body) : body.lengthBytes
  return lengthBytes === null ? ['transfer-encoding', 'chunked'] : ['content-length', String(lengthBytes)]
}

function send(outgoing: ClientRequest, body: ServiceRequest['body']): void {
  if (body === null || typeof body === 'string') {
    outgoing.end(body ?? undefined)
    return
  }
  body.stream.once('error', (cause) =>
    outgoing.destroy(new MeshrtError('MESHRT_USAGE', `Cannot read the body to send: ${cause.message}`, { cause })),
  )
  // How it ends is what the request itself tells.
  pipeline(body.stream, outgoing).catch((error: Error) => outgoing.destroy(error))
}
