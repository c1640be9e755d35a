import { request, type IncomingMessage } from 'node:http'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
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
  readonly body: Readable | string | Buffer | null
  readonly signal: AbortSignal
}

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
    headers: ['host', 'meshrt', PROTOCOL_HEADER, String(PROTOCOL_VERSION), ...lengthOf(asked.body), ...headers],
    signal: asked.signal,
  })
  outgoing.once('error', (error) => reject(translate(socket, error)))
  outgoing.once('response', resolve)
  send(outgoing, asked.body)
  const response = await promise
  assertProtocolOf(response, socket)
  if (response.headers[SERVICE_HEADER] === undefined) throw await readError(response, socket)
  return response
}

/** The headers that the service has sent, without those of the control socket. */
export function serviceHeaders({ rawHeaders }: IncomingMessage): readonly (readonly [name: string, value: string])[] {
  const pairs = rawHeaders.flatMap((name, at) => (at % 2 === 0 ? [[name, rawHeaders[at + 1] ?? ''] as const] : []))
  return pairs.filter(([name]) => !OF_THE_CONNECTION.has(name.toLowerCase()))
}

function lengthOf(body: ServiceRequest['body']): readonly string[] {
  if (body === null) return []
  return typeof body === 'string' || Buffer.isBuffer(body)
    ? ['content-length', String(Buffer.byteLength(body))]
    : ['transfer-encoding', 'chunked']
}

function send(outgoing: ReturnType<typeof request>, body: ServiceRequest['body']): void {
  if (body === null || typeof body === 'string' || Buffer.isBuffer(body)) outgoing.end(body ?? undefined)
  // How it ends is what the request itself tells.
  else pipeline(body, outgoing).catch((error: Error) => outgoing.destroy(error))
}
