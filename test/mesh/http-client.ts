import { once } from 'node:events'
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from 'node:http'

export interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: string
  readonly socket: IncomingMessage['socket']
}

/** One request by node:http, read to its end. */
export async function ask(to: string | RequestOptions, body?: string | Buffer): Promise<Answer> {
  const req = typeof to === 'string' ? http.request(to) : http.request(to)
  req.end(body)
  return answerOf(req)
}

export async function answerOf(req: ClientRequest): Promise<Answer> {
  const [res] = (await once(req, 'response')) as [IncomingMessage]
  const { socket } = res
  const chunks: Buffer[] = []
  for await (const chunk of res) chunks.push(chunk as Buffer)
  return { status: res.statusCode ?? 0, headers: res.headers, body: Buffer.concat(chunks).toString(), socket }
}
