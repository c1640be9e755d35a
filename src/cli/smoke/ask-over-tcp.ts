import { request, type IncomingMessage } from 'node:http'
import { MeshrtError } from '../../errors/meshrt-error.ts'
import type { Answer, Question } from '../../runtime/runtime.ts'

/** One request as any client would send it, over a connection of its own. @throws MESHRT_TIMEOUT, or the error of the connection */
export async function askOverTcp(url: URL, { method, headers, body, timeoutMs }: Omit<Question, 'path'>): Promise<Answer> {
  const startedMs = performance.now()
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const late = new MeshrtError('MESHRT_TIMEOUT', `Cannot get an answer from ${url.href}: not complete within ${timeoutMs} ms`)
  const length = body === null ? {} : { 'content-length': body.length }
  const outgoing = request(url, { method, agent: false, headers: { ...headers, ...length } }, resolve)
  const timer = setTimeout(() => outgoing.destroy(late), timeoutMs)
  outgoing.on('error', reject)
  outgoing.end(body ?? undefined)
  try {
    const response = await promise
    const pieces: Buffer[] = []
    for await (const piece of response) pieces.push(piece as Buffer)
    return { status: response.statusCode ?? 0, body: Buffer.concat(pieces), durationMs: performance.now() - startedMs }
  } finally {
    clearTimeout(timer)
    outgoing.destroy()
  }
}
