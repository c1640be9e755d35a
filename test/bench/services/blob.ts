import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { BulkCheck, bulkSource } from '../load/bulk.ts'

/** GET /<bytes> sends so many; POST takes a body and says how long it was. */
export function create(): Server {
  return createServer((request, response) => {
    const work = request.method === 'POST' ? receive(request, response) : pipeline(bulkSource(Number(request.url?.slice(1))), response)
    work.catch((error: Error) => response.destroy(error))
  })
}

async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const check = new BulkCheck()
  for await (const chunk of request) check.take(chunk as Buffer)
  response.end(String(check.bytes))
}
