import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ServiceId } from '../model/ids.ts'
import type { ControlPort } from './port.ts'
import { OF_THE_CONNECTION, SERVICE_HEADER } from './protocol.ts'
import type { Exchange } from './route.ts'

/** Sends a request on to a service, and its answer back, both as they are and both streamed. */
export async function passOn(
  { service, port }: { readonly service: ServiceId; readonly port: ControlPort },
  { request, response, rest }: Exchange,
): Promise<void> {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  const answer = await port.request({
    service,
    method: request.method ?? 'GET',
    path: rest.startsWith('/') ? rest : `/${rest}`,
    headers: passedOn(request.rawHeaders),
    body: hasBody(request) ? detachedBody(request) : null,
    signal: gone.signal,
  })
  // Tells an answer of the service, whatever its status, from an error of the runtime.
  response.setHeader(SERVICE_HEADER, service)
  for (const [name, values] of grouped(passedOn(answer.headers))) response.setHeader(name, values)
  response.sendDate = false
  if (answer.statusMessage === '') response.writeHead(answer.status)
  else response.writeHead(answer.status, answer.statusMessage)
  try {
    await pipeline(answer.body, response)
  } catch {
    // The answer has begun: that it breaks off is all that can be told now.
    response.destroy()
  }
}

/**
 * The body for a reader who may destroy it because the answer came first: destroying the request itself would end the connection that the answer has
 * to go through. What is left is read and dropped, or whoever sends it would never come to reading the answer.
 */
function detachedBody(request: IncomingMessage): Readable {
  const body = Readable.from(request.iterator({ destroyOnReturn: false }), { objectMode: false })
  body.once('close', () => request.resume())
  return body
}

/** @param raw name, value, name, value */
function passedOn(raw: readonly string[]): readonly string[] {
  const named = new Set<string>()
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]?.toLowerCase() === 'connection') for (const name of (raw[i + 1] ?? '').split(',')) named.add(name.trim().toLowerCase())
  }
  const kept: string[] = []
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]?.toLowerCase() ?? ''
    if (!OF_THE_CONNECTION.has(name) && !named.has(name)) kept.push(raw[i] ?? '', raw[i + 1] ?? '')
  }
  return kept
}

function grouped(raw: readonly string[]): ReadonlyMap<string, string[]> {
  const groups = new Map<string, string[]>()
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]?.toLowerCase() ?? ''
    groups.set(name, [...(groups.get(name) ?? []), raw[i + 1] ?? ''])
  }
  return groups
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
