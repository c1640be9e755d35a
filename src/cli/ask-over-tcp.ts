import { get, type IncomingMessage } from 'node:http'
import { MeshrtError } from '../errors/meshrt-error.ts'

const DEADLINE_MS = 10_000

export interface Answer {
  readonly status: number
  readonly durationMs: number
}

/** One request as any client would send it, over a connection of its own. */
export async function askOverTcp(url: URL): Promise<Answer> {
  const startedMs = performance.now()
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
  const late = new MeshrtError('MESHRT_TIMEOUT', `Cannot ask ${url.href}: no answer within ${DEADLINE_MS} ms`)
  const request = get(url, { agent: false }, resolve)
  const timer = setTimeout(() => request.destroy(late), DEADLINE_MS)
  request.on('error', reject)
  try {
    const response = await promise
    for await (const piece of response) void piece
    return { status: response.statusCode ?? 0, durationMs: performance.now() - startedMs }
  } finally {
    clearTimeout(timer)
    request.destroy()
  }
}
